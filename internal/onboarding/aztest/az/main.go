// Command az stands in for the Azure CLI where an emulator stands in for Entra.
// It knows "az rest" and "az account show"; its first argument is a file that
// says where the emulator is and who is signed in.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gatehouse/internal/onboarding/aztest"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ERROR: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("the stand-in for az needs its settings and a command")
	}
	text, err := os.ReadFile(args[0]) //nolint:gosec // the test that placed the stand-in names it
	if err != nil {
		return err
	}
	var rig aztest.Rig
	if err = json.Unmarshal(text, &rig); err != nil {
		return err
	}
	words := args[1:]
	switch {
	case words[0] == "rest":
		return rest(rig, words[1:], out)
	case len(words) > 1 && words[0] == "account" && words[1] == "show":
		o, err := options(words[2:])
		if err != nil {
			return err
		}
		return show(map[string]any{"tenantId": rig.Tenant, "user": map[string]any{"name": rig.Username, "type": "user"}}, o, out)
	}
	return fmt.Errorf("'%s' is misspelled or not recognized by the system", words[0])
}

// short are az's short spellings of options.
var short = map[string]string{"-m": "--method", "-u": "--url", "--uri": "--url", "-b": "--body", "-o": "--output"}

// known are the options the stand-in takes; those named here come with a value.
var known = []string{"--method", "--url", "--body", "--query", "--output", "--headers"}

// options reads a command line. --headers takes several values.
func options(args []string) (map[string][]string, error) {
	out := map[string][]string{}
	for i := 0; i < len(args); i++ {
		name := args[i]
		if long, ok := short[name]; ok {
			name = long
		}
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("unrecognized arguments: %s", args[i])
		}
		if i+1 >= len(args) {
			return nil, fmt.Errorf("argument %s: expected at least one argument", name)
		}
		i++
		out[name] = []string{args[i]}
		for name == "--headers" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			out[name] = append(out[name], args[i])
		}
	}
	return out, nil
}
