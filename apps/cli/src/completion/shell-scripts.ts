/**
 * The completion scripts, by shell. Each hands the words of the line up to the cursor to `mayfly __complete` and offers
 * what that prints.
 */
export const completionScripts: ReadonlyMap<string, string> = new Map([
  [
    'bash',
    `# Completion of mayfly for bash: add to ~/.bashrc
#   source <(mayfly completion bash)
_mayfly_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" word candidates prefix
  local -a words
  read -ra words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  word="\${words[\${#words[@]}-1]}"
  candidates="$(command "\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)"
  COMPREPLY=()
  if [ "$candidates" = ':files' ]; then
    compopt -o filenames 2>/dev/null || true
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${word##*=}")
    return 0
  fi
  # Readline replaces what stands behind the last of these alone.
  prefix="\${word%"\${word##*[=:]}"}"
  while IFS= read -r word; do
    if [ -n "$word" ]; then COMPREPLY+=("\${word#"$prefix"}"); fi
  done <<< "$candidates"
  return 0
}
complete -F _mayfly_complete mayfly
`,
  ],
  [
    'zsh',
    `#compdef mayfly
# Completion of mayfly for zsh: add to ~/.zshrc, behind compinit
#   source <(mayfly completion zsh)
_mayfly() {
  local -a candidates
  candidates=("\${(@f)$(command "\${words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${candidates[1]}" == ':files' ]]; then
    compset -P '*='
    _files
  elif [[ -n "\${candidates[1]}" ]]; then
    compadd -- "\${candidates[@]}"
  fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _mayfly "$@"
else
  compdef _mayfly mayfly
fi
`,
  ],
  [
    'fish',
    `# Completion of mayfly for fish: save as ~/.config/fish/completions/mayfly.fish
function __mayfly_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l candidates (command $words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    if test "$candidates[1]" = ':files'
        # Fish replaces the whole word, the flag in it too.
        set -l flag (string match -r '^-[^=]*=' -- "$word")
        for path in (__fish_complete_path (string replace -r '^-[^=]*=' '' -- "$word"))
            printf '%s%s\\n' "$flag" $path
        end
    else
        printf '%s\\n' $candidates
    end
end
complete -c mayfly -f -a '(__mayfly_complete)'
`,
  ],
])
