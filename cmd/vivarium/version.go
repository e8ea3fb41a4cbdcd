package main

import (
	"fmt"
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

func (p *process) versionCommand() *cli.Command {
	var licenses, asJSON bool
	return &cli.Command{
		Name:  "version",
		Usage: "print the versions of Vivarium and what is in it",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "licenses", Usage: "print the licences of everything linked into the interpreter too", Destination: &licenses},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object instead", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("version takes no arguments, but %q was given", c.Args().First())
			}
			var texts []licence
			if licenses {
				var err error
				if texts, err = readLicences(runtime.Licenses()); err != nil {
					return err
				}
			}
			if asJSON {
				return p.versionJSON(texts)
			}
			return p.versionText(texts)
		},
	}
}

// licence is one licence text.
type licence struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func readLicences(files fs.FS) (texts []licence, err error) {
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		texts = append(texts, licence{name, string(text)})
		return err
	})
	return texts, err
}

func (p *process) versionText(licences []licence) error {
	v := runtime.Version()
	_, err := fmt.Fprintf(p.stdout, "vivarium %s\nCPython %s (host ABI v%d)\nwazero %s\ninterpreter sha256:%s\n",
		v.Vivarium, v.CPython, v.ABI, v.Wazero, v.Artefact)
	for _, l := range licences {
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "\n==> %s <==\n%s\n", l.Name, l.Text)
		}
	}
	return err
}

func (p *process) versionJSON(licences []licence) error {
	v := runtime.Version()
	line, err := encode(struct {
		Vivarium string    `json:"vivarium"`
		CPython  string    `json:"cpython"`
		ABI      int       `json:"abi"`
		Wazero   string    `json:"wazero"`
		Artefact string    `json:"artefact_sha256"`
		Licenses []licence `json:"licenses,omitempty"`
	}{v.Vivarium, v.CPython, v.ABI, v.Wazero, v.Artefact, licences})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n", line)
	return err
}
