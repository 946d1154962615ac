package setup_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"gatehouse/internal/onboarding/setup"
)

// hostile are organization names that mean something in one of the languages.
var hostile = []string{
	`O'Brien & "Sons"`, "$(touch pwned) `touch pwned` ${IFS} $HOME", "%PATH% %{ if true }x%{ endif } ${app.id} $${x} %%{y}", "line\nbreak\r\n'@\n@'\n\"@\nEOF",
	`back\slash \' \" \u0041 \n`, "‘typographic’ ‚quotes‛ “double”", "Ünïcödé 株式会社 😀 \u2028\u2029\u202e", "{objectId} {{fallbacks}} {clientId} }}'); throw 1 #", "@/etc/passwd", "<script>&amp;\x01\x1b[31m\x7f", `'+$x+'`, "*/ // # -->",
}

func named(name string) setup.Values {
	v := values()
	v.Organization = name
	return v
}

func TestHostileNamesAreInertInTheScript(t *testing.T) {
	t.Parallel()
	for _, name := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.script(named(name))
			r.script(named(name))
			if got := r.registration()["displayName"]; got != "Gatehouse: "+name {
				t.Errorf("displayName = %q, want %q", got, "Gatehouse: "+name)
			}
		})
	}
}

// inert checks that a name changes one string of each declaration and script and
// nothing else.
func inert(name string) error {
	p, err := setup.New(named(name))
	if err != nil {
		return nil //nolint:nilerr // what Validate refuses is not written
	}
	q, err := setup.New(named("Acme"))
	if err != nil {
		return err
	}
	for ending, read := range map[string]func(string) ([]string, error){"tf": terraformStrings, "bicep": bicepStrings, "ps1": powerShellStrings} {
		got, err := read(renderings[ending](p))
		if err != nil {
			return fmt.Errorf("%s: %w", ending, err)
		}
		want, err := read(renderings[ending](q))
		if err != nil {
			return fmt.Errorf("%s: %w", ending, err)
		}
		if len(got) != len(want) {
			return fmt.Errorf("%s: %d pieces, want %d", ending, len(got), len(want))
		}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], "Gatehouse: Acme", "Gatehouse: "+name)
		}
		if ending == "tf" { // whose parser keeps no order
			slices.Sort(got)
			slices.Sort(want)
		}
		for i := range want {
			if got[i] != want[i] {
				return fmt.Errorf("%s: %q, want %q", ending, got[i], want[i])
			}
		}
	}
	return nil
}

func TestHostileNamesAreInertInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, name := range hostile {
		if err := inert(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzNamesAreInert(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if err := inert(name); err != nil {
			t.Error(err)
		}
	})
}

// terraformStrings are the tokens of a configuration, quoted ones with their
// meaning.
func terraformStrings(text string) ([]string, error) {
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	var out []string
	body, _ := file.Body.(*hclsyntax.Body)
	diags = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.TemplateExpr:
			value, wrong := n.Value(nil)
			if wrong.HasErrors() {
				return wrong
			}
			out = append(out, value.AsString())
		case *hclsyntax.Attribute:
			out = append(out, n.Name)
		case *hclsyntax.Block:
			out = append(out, n.Type)
		}
		return nil
	})
	if diags.HasErrors() {
		return nil, diags
	}
	return out, nil
}

// bicepEscape matches what Bicep takes for another letter.
var bicepEscape = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

// bicepStrings takes a Bicep file apart: strings with their meaning, and what is
// between them. A string ends in its line; brackets close.
func bicepStrings(text string) ([]string, error) {
	var out []string
	var between strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "//"):
			i += strings.IndexByte(text[i:], '\n')
		case text[i] == '\'':
			end := strings.IndexAny(text[i+1:], "'\n")
			if end < 0 || text[i+1+end] == '\n' {
				return nil, fmt.Errorf("a string does not end: %.60q", text[i:])
			}
			raw := text[i+1 : i+1+end]
			if strings.Contains(raw, "${") && raw != "${app.uniqueName}/gatehouse" {
				return nil, fmt.Errorf("%q is interpolated", raw)
			}
			meant := bicepEscape.ReplaceAllStringFunc(raw, func(s string) string {
				n, err := strconv.ParseInt(s[3:len(s)-1], 16, 32)
				if err != nil {
					return err.Error()
				}
				return string(rune(n))
			})
			if strings.Contains(bicepEscape.ReplaceAllString(raw, ""), `\`) {
				return nil, fmt.Errorf("%q has another escape", raw)
			}
			out = append(out, between.String(), meant)
			between.Reset()
			i += end + 1
		default:
			if text[i] > 0x7e {
				return nil, fmt.Errorf("byte %x outside a string", text[i])
			}
			between.WriteByte(text[i])
		}
	}
	out = append(out, between.String())
	return out, balanced(out)
}

// balanced checks the brackets of the pieces between strings.
func balanced(pieces []string) error {
	var open []byte
	for i, piece := range pieces {
		if i%2 == 1 {
			continue
		}
		for _, c := range []byte(piece) {
			switch c {
			case '(', '[', '{':
				open = append(open, c)
			case ')', ']', '}':
				if len(open) == 0 || open[len(open)-1] != map[byte]byte{')': '(', ']': '[', '}': '{'}[c] {
					return fmt.Errorf("%c closes nothing in %q", c, piece)
				}
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%q is left open", open)
	}
	return nil
}

// powerShellStrings takes a PowerShell script apart likewise. Bodies are JSON and
// stand for their meaning.
func powerShellStrings(text string) ([]string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e || r < 0x20 && r != '\n' }) {
		return nil, errors.New("the script is not plain ASCII")
	}
	var out []string
	var between strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '#':
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end
			}
		case '"':
			end := strings.IndexByte(text[i+1:], '"')
			if end < 0 {
				return nil, errors.New("a string does not end")
			}
			between.WriteString("DOUBLE")
			i += end + 1
		case '\'':
			meant, length := singleQuoted(text[i+1:])
			if length < 0 {
				return nil, errors.New("a string does not end")
			}
			out = append(out, between.String(), unescaped(meant))
			between.Reset()
			i += length
		default:
			between.WriteByte(text[i])
		}
	}
	out = append(out, between.String())
	return out, balanced(out)
}

// singleQuoted reads a string up to its end, where a quote twice is one.
func singleQuoted(text string) (meant string, length int) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\'' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1
	}
	return "", -1
}

// unescaped is the display name of a body where there is one, and the text
// otherwise.
func unescaped(text string) string {
	var body struct {
		DisplayName string `json:"displayName"`
	}
	if json.Unmarshal([]byte(text), &body) == nil && body.DisplayName != "" {
		return body.DisplayName
	}
	return text
}

func TestASCIIBodiesMeanTheNameItself(t *testing.T) {
	t.Parallel()
	high, low := utf16.EncodeRune('😀')
	if want := fmt.Sprintf(`\u%04x\u%04x`, high, low); !strings.Contains(plan(t, named("😀")).PowerShell(), want) {
		t.Errorf("the script has no %s", want)
	}
}
