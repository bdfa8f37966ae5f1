# Completions of bedrock-ask for fish.
function __bedrock_ask_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for candidate in (command bedrock-ask "__complete=$current" $words[2..-1] 2>/dev/null)
        if not string match -q \t'*' -- $candidate
            printf '%s\n' $candidate
            continue
        end
        set -l fields (string split \t -- $candidate)
        set -l written (string sub -s (math 1 + (string length -- "$fields[3]")) -- $current)
        set -l paths
        if test "$fields[2]" = directories
            set paths (__fish_complete_directories "$written")
        else
            set paths (__fish_complete_path "$written")
        end
        for path in $paths
            printf '%s\n' "$fields[3]$path"
        end
    end
end
complete -c bedrock-ask -f -a '(__bedrock_ask_complete)'
