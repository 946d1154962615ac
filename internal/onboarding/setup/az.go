package setup

import (
	"strings"
	"unicode"
)

// azHead begins the script. call repeats a request while Entra has not copied
// everywhere what an earlier one made; one refuses to guess between several.
const azHead = `#!/usr/bin/env bash
# Sets up Microsoft Entra ID for a Gatehouse endpoint with the Azure CLI.
# Sign in first: az login. Running it again finds what is there and completes it.
set -euo pipefail

call() {
  local error attempt
  for attempt in 1 2 3 4 5 6; do
    error=''
    if { error=$(az rest "$@" 2>&1 >&3 3>&-); } 3>&1; then return 0; fi
    case $error in
      *Request_ResourceNotFound*|*HostNameNotOnVerifiedDomain*|*NoBackingApplicationObject*) ;;
      *) break ;;
    esac
    if [ "$attempt" -lt 6 ]; then sleep $((attempt * 5)); fi
  done
  printf '%s\n' "$error" >&2
  case $error in
    *HostNameNotOnVerifiedDomain*)
      printf '%s\n' {{fallbacks}} >&2 ;;
  esac
  return 1
}

one() {
  case $1 in
    *$'\n'*) printf 'There are several of: %s. Delete all but one and run this again.\n' "$2" >&2; exit 1 ;;
  esac
}
`

// AzureCLI is the plan as a bash script for the Azure CLI. It needs nothing but
// bash and az, and can be run again.
func (p Plan) AzureCLI() string {
	var fallbacks []string
	for _, f := range Fallbacks() {
		fallbacks = append(fallbacks, bashQuote(f))
	}
	var b strings.Builder
	b.WriteString(strings.Replace(azHead, "{{fallbacks}}", strings.Join(fallbacks, " "), 1))
	for _, s := range p.Steps {
		b.WriteString("\n# " + comment(s.Title+". "+s.Why) + "\n")
		b.WriteString(p.azStep(s))
	}
	b.WriteString("\nprintf '%s\\n' 'Done.'")
	for _, v := range []Variable{ClientID, ObjectID, PrincipalID} {
		if p.finds(v) {
			b.WriteString(` "` + string(v) + `: $` + snake(string(v)) + `"`)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// finds reports whether a step of the plan finds out a variable.
func (p Plan) finds(v Variable) bool {
	for _, s := range p.Steps {
		if s.binds(v) {
			return true
		}
	}
	return false
}

func (p Plan) azStep(s Step) string {
	if s.Find == nil {
		return p.azCall(*s.Make, "") + "\n"
	}
	var b strings.Builder
	b.WriteString("found=$(" + p.azGet(s.Find.Path, s.Find.entries()+"."+row(s)) + ")\n")
	b.WriteString("if [ -z \"$found\" ]; then\n")
	switch {
	case s.Make == nil:
		b.WriteString("  printf '%s\\n' " + bashQuote(s.Find.Absent) + " >&2\n  exit 1\n")
	case s.Shown != "":
		b.WriteString("  answer=$(" + p.azCall(*s.Make, "[["+members(s)+", "+string(s.Shown)+"]]") + ")\n")
		b.WriteString("  IFS=$'\\t' read -r found " + snake(string(s.Shown)) + " <<<\"$answer\"\n")
		b.WriteString("  printf '%s\\n' 'Copy this into Gatehouse; it is not shown again:' \"$" + snake(string(s.Shown)) + "\"\n")
	default:
		b.WriteString("  found=$(" + p.azCall(*s.Make, "["+row(s)+"]") + ")\n")
	}
	if s.Update == nil {
		b.WriteString("fi\n")
		return b.String() + azRead(s)
	}
	b.WriteString("else\n")
	b.WriteString("  one \"$found\" " + bashQuote(s.Title) + "\n  " + azRead(s))
	if len(s.Words) > 0 {
		b.WriteString("  for word in " + strings.Join(s.Words, " ") + "; do\n")
		b.WriteString("    case \" $granted \" in *\" $word \"*) ;; *) granted=\"$granted $word\" ;; esac\n  done\n")
	}
	b.WriteString("  " + p.azCall(*s.Update, "") + "\nfi\n")
	return b.String()
}

// azRead takes the row that has been found apart.
func azRead(s Step) string {
	var names []string
	for _, bind := range s.Binds {
		names = append(names, snake(string(bind.Variable)))
	}
	read := "IFS=$'\\t' read -r " + strings.Join(names, " ") + " <<<\"$found\"\n"
	if s.Update != nil {
		return read
	}
	return "one \"$found\" " + bashQuote(s.Title) + "\n" + read
}

func members(s Step) string {
	var out []string
	for _, bind := range s.Binds {
		out = append(out, bind.Member)
	}
	return strings.Join(out, ", ")
}

// row is a JMESPath of what a step binds; -o tsv writes it on one line.
func row(s Step) string { return "[" + members(s) + "]" }

// entries is the JMESPath of the entries that count. An empty list is false in
// JMESPath, so that the next match is taken.
func (f Find) entries() string {
	var matches []string
	for _, m := range f.Which {
		matches = append(matches, f.List+"[?"+m.Member+"=='"+m.Equals+"']")
	}
	switch len(matches) {
	case 0:
		return f.List + "[]"
	case 1:
		return matches[0]
	default:
		return "(" + strings.Join(matches, " || ") + ")[]"
	}
}

func (p Plan) azGet(path, query string) string {
	return "call --method GET --url " + p.azURL(path) + " --query " + bashQuote(query) + " -o tsv"
}

func (p Plan) azCall(r Request, query string) string {
	body := document(r.Body, quoteJSON).join(bashQuote, bashVariable)
	out := "call --method " + r.Method + " --url " + p.azURL(r.Path) + " --headers Content-Type=application/json --body " + body
	if query != "" {
		out += " --query " + bashQuote(query) + " -o tsv"
	}
	return out
}

func (p Plan) azURL(path string) string {
	return template(p.Values.GraphURL()+"/"+path).join(bashQuote, bashVariable)
}

// join writes text and variables side by side, which bash makes one word.
func (p parts) join(text func(string) string, variable func(Variable) string) string {
	var b strings.Builder
	for _, one := range p {
		if one.variable != "" {
			b.WriteString(variable(one.variable))
			continue
		}
		b.WriteString(text(one.text))
	}
	return b.String()
}

// bashQuote is text as one word in which nothing has a meaning.
func bashQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func bashVariable(v Variable) string { return `"$` + snake(string(v)) + `"` }

// snake is a camelCase name in snake_case.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// comment is text that stays in a comment of one line.
func comment(text string) string { return strings.Join(strings.Fields(text), " ") }
