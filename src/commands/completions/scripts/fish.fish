# Completions of bedrock-ask for fish.
function __bedrock_ask_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for candidate in (command bedrock-ask "__complete=$current" $words[2..-1] 2>/dev/null)
        if not string match -q \t'*' -- $candidate
            echo $candidate
            continue
        end
        set -l fields (string split \t -- $candidate)
        set -l path (string sub -s (math 1 + (string length -- $fields[3])) -- $current)
        if test $fields[2] = directories
            printf "$fields[3]%s\n" (__fish_complete_directories $path)
        else
            printf "$fields[3]%s\n" (__fish_complete_path $path)
        end
    end
end
complete -c bedrock-ask -f -a '(__bedrock_ask_complete)'
