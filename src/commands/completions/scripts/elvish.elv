# Completions of bedrock-ask for Elvish.
use str
set edit:completion:arg-completer[bedrock-ask] = {|@words|
    var current = $words[-1]
    for candidate [((external bedrock-ask) '__complete='$current (all $words[1..-1]) 2>/dev/null | from-lines)] {
        var value description = (str:split &max=2 "\t" $candidate)
        if (eq $value '') {
            edit:complete-filename $current
        } else {
            edit:complex-candidate $value &display=$value' '$description
        }
    }
}
