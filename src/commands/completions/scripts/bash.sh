# Completions of bedrock-ask for bash.
_bedrock_ask() {
    local IFS=$' \t\n' rest=${COMP_LINE:0:COMP_POINT} index piece current kept line value
    local -a words=()
    # Bash splits words at `:` and `=`. Pieces without white space between them are one word.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        piece=${COMP_WORDS[index]}
        if ((index == COMP_CWORD)); then
            piece=${rest#"${rest%%[![:space:]]*}"}
        fi
        if ((${#words[@]})) && [[ $rest != [[:space:]]* ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$piece"}
    done
    # Quotes and backslashes are bash's own.
    words=("${words[@]//[\"\'\\]/}")
    current=${words[${#words[@]} - 1]}
    unset "words[${#words[@]}-1]"
    # Bash keeps what precedes the last `:` or `=`.
    kept=${current%"${2//[\"\'\\]/}"}
    COMPREPLY=()
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ -z $value ]]; then
            line=${line#$'\t'}
            _bedrock_ask_paths "${line%%$'\t'*}" "${line#*$'\t'}"
        elif [[ $value == "$current"* ]]; then
            value=${value#"$kept"}
            if [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]]; then
                printf -v value %q "$value"
            elif [[ $value == *[\"\'\\\$\`\!]* ]]; then
                # Between quotes this would be more than its letters.
                continue
            fi
            COMPREPLY+=("$value")
        fi
    done < <(command bedrock-ask "__complete=$current" "${words[@]:1}" 2>/dev/null)
}

# Completes files or directories behind a prefix of the word.
_bedrock_ask_paths() {
    local kind=$1 prefix=$2 path action=f option=default
    if [[ $kind == directories ]]; then
        action=d option=dirnames
    fi
    if [[ $kept == "$prefix" ]] && compopt -o "$option" 2>/dev/null; then
        return
    fi
    while IFS= read -r path; do
        if [[ -d $path ]]; then
            path+=/
            compopt -o nospace 2>/dev/null
        fi
        printf -v path %q "$path"
        COMPREPLY+=("${prefix#"$kept"}$path")
    done < <(compgen -"$action" -- "${current#"$prefix"}")
}
complete -F _bedrock_ask bedrock-ask
