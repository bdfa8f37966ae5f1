#compdef bedrock-ask
# Completions of bedrock-ask for zsh.
_bedrock_ask() {
    local candidate value description
    local -a candidates described
    # What precedes the cursor, without the shell's quoting.
    candidates=("${(@f)$(command bedrock-ask "__complete=${(Q)PREFIX}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
    for candidate in $candidates; do
        value=${candidate%%$'\t'*}
        description=${candidate#*$'\t'}
        if [[ -z $value ]]; then
            compset -p ${#description#*$'\t'}
            if [[ $description == directories* ]]; then
                _files -/
            else
                _files
            fi
            return
        fi
        # `_describe` splits at the first colon that is not escaped.
        described+=("${value//:/\\:}:${description}")
    done
    _describe -V candidate described
}
if [[ $funcstack[1] == _bedrock-ask ]]; then
    _bedrock_ask "$@"
else
    compdef _bedrock_ask bedrock-ask
fi
