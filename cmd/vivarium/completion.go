package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionScripts complete in shells that ask the program itself, each time. The flag is
// urfave/cli's: it prints the commands or flags that fit the words before it.
var completionScripts = map[string]string{
	"bash": `# bash completion for vivarium: source <(vivarium completion bash)
_vivarium() {
	local word=${COMP_WORDS[COMP_CWORD]} ask=("${COMP_WORDS[@]:0:COMP_CWORD}") line
	[[ $word == -* ]] && ask+=("$word")
	COMPREPLY=()
	while IFS= read -r line; do
		[[ $line == "$word"* ]] && COMPREPLY+=("$line")
	done < <("${ask[@]}" --generate-bash-completion 2>/dev/null)
}
complete -o bashdefault -o default -F _vivarium vivarium
`,
	"zsh": `#compdef vivarium
# zsh completion for vivarium: source <(vivarium completion zsh)
_vivarium() {
	local -a ask answers
	ask=("${(@)words[1,CURRENT-1]}")
	[[ ${words[CURRENT]} == -* ]] && ask+=("${words[CURRENT]}")
	answers=("${(@f)$("${ask[@]}" --generate-bash-completion 2>/dev/null)}")
	if [[ -n ${answers[1]} ]]; then
		_describe 'vivarium' answers
	else
		_files
	fi
}
compdef _vivarium vivarium
`,
}

// fishFiles puts back files as arguments, which the library's script switches off with each
// flag that takes none.
const fishFiles = "complete -c vivarium -n '__fish_seen_subcommand_from run batch map' -F\n"

// completing says whether a shell asks what the command line may go on with.
func completing(args []string) bool {
	return args[len(args)-1] == "--"+cli.BashCompletionFlag.Names()[0]
}

func (p *process) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: strings.Join([]string{
			"    source <(vivarium completion bash)                             in ~/.bashrc",
			"    source <(vivarium completion zsh)                              in ~/.zshrc, after compinit",
			"    vivarium completion fish >~/.config/fish/completions/vivarium.fish",
		}, "\n"),
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usagef("completion takes one shell, bash, zsh or fish; `vivarium completion --help` explains it")
			}
			shell := c.Args().First()
			script, ok := completionScripts[shell]
			if shell == "fish" {
				var err error
				if script, err = p.app().ToFishCompletion(); err != nil {
					return fmt.Errorf("the completion script: %w", err)
				}
				script, ok = script+fishFiles, true
			}
			if !ok {
				return usagef("there is no completion for %q; use bash, zsh or fish", shell)
			}
			_, err := io.WriteString(p.stdout, script)
			return err
		},
	}
}
