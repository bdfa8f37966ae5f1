# Completions of bedrock-ask for PowerShell.
Register-ArgumentCompleter -Native -CommandName 'bedrock-ask' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $current = "$wordToComplete"
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { "$($_.Value)" } else { "$_" } })
    $program = Get-Command -Name 'bedrock-ask' -CommandType Application -ErrorAction SilentlyContinue |
        Select-Object -First 1
    if ($null -eq $program) { return }
    foreach ($candidate in (& $program "__complete=$current" @words 2>$null)) {
        $value, $description = $candidate -split "`t", 2
        if ($value -eq '') {
            # Without candidates PowerShell completes paths itself.
            return
        }
        if (-not $value.StartsWith($current)) { continue }
        if ([string]::IsNullOrEmpty($description)) { $description = $value }
        $text = if ($value -match '[\s,;@''"`$(){}&|<>]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
    }
}
