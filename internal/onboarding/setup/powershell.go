package setup

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"gatehouse/internal/tenants"
)

// powerShellHead begins the script; Call repeats a request as the bash script
// does.
const powerShellHead = `#Requires -Modules Microsoft.Graph.Authentication
# Sets up Microsoft Entra ID for a Gatehouse endpoint with Microsoft Graph PowerShell.
# Running it again finds what is there and completes it.
$ErrorActionPreference = 'Stop'
Connect-MgGraph -NoWelcome -Environment {{environment}} -Scopes 'Application.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All'{{more}}

function Call($method, $uri, $body) {
    $request = @{ Method = $method; Uri = $uri; OutputType = 'PSObject' }
    if ($body) { $request.Body = $body; $request.ContentType = 'application/json' }
    for ($attempt = 1; ; $attempt++) {
        try { return Invoke-MgGraphRequest @request }
        catch {
            $problem = "$_ $($_.ErrorDetails.Message)"
            $again = $problem -match 'Request_ResourceNotFound|HostNameNotOnVerifiedDomain|NoBackingApplicationObject'
            if (-not $again -or $attempt -ge 6) {
                if ($problem -match 'HostNameNotOnVerifiedDomain') { {{fallbacks}} | ForEach-Object { Write-Warning $_ } }
                throw
            }
            Start-Sleep -Seconds ($attempt * 5)
        }
    }
}

function One($found, $what) {
    if (@($found).Count -gt 1) { throw "There are several of: $what. Delete all but one and run this again." }
    @($found)[0]
}
`

// PowerShell is the plan as a script for the Microsoft Graph PowerShell module.
// It is ASCII, so that every version of PowerShell reads it alike.
func (p Plan) PowerShell() string {
	var fallbacks []string
	for _, f := range Fallbacks() {
		fallbacks = append(fallbacks, powerShellQuote(f))
	}
	var b strings.Builder
	b.WriteString(strings.NewReplacer("{{fallbacks}}", strings.Join(fallbacks, ", "), "{{environment}}", p.Values.environment(), "{{more}}", p.Values.moreScopes()).Replace(powerShellHead))
	for _, s := range p.Steps {
		b.WriteString("\n# " + comment(s.Title+". "+s.Why) + "\n" + p.powerShellStep(s))
	}
	b.WriteString("\nWrite-Output 'Done.'")
	for _, v := range []Variable{ClientID, ObjectID, PrincipalID} {
		if p.finds(v) {
			fmt.Fprintf(&b, " \"%s: $%s\"", v, v)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// moreScopes are what granting permissions to the app itself takes besides.
func (v Values) moreScopes() string {
	if v.inBackground() {
		return ", 'AppRoleAssignment.ReadWrite.All'"
	}
	return ""
}

// environment is the name Connect-MgGraph has for the cloud.
func (v Values) environment() string {
	switch v.Cloud {
	case tenants.USGovCloud:
		return "USGov"
	case tenants.ChinaCloud:
		return "China"
	case tenants.PublicCloud:
	}
	return "Global"
}

func (p Plan) powerShellStep(s Step) string {
	if s.Find == nil {
		return p.powerShellCall(*s.Make) + " | Out-Null\n"
	}
	var b strings.Builder
	b.WriteString(p.powerShellFind(s))
	b.WriteString("$there = [bool]$found\n")
	if s.Make == nil {
		b.WriteString("if (-not $there) { throw " + powerShellQuote(s.Find.Absent) + " }\n")
	} else {
		b.WriteString("if (-not $there) { $found = " + p.powerShellCall(*s.Make) + " }\n")
	}
	for _, bind := range s.Binds {
		fmt.Fprintf(&b, "$%s = $found.%s\n", bind.Variable, bind.Member)
	}
	if s.Shown != "" {
		b.WriteString("if (-not $there) { Write-Output 'Copy this into Gatehouse; it is not shown again:' $found." + string(s.Shown) + " }\n")
	}
	if s.Update == nil {
		return b.String()
	}
	b.WriteString("if ($there) {\n")
	if len(s.Words) > 0 {
		var words []string
		for _, w := range s.Words {
			words = append(words, powerShellQuote(w))
		}
		b.WriteString("    $granted = (@($granted -split ' ') + " + strings.Join(words, ", ") + " | Where-Object { $_ } | Select-Object -Unique) -join ' '\n")
	}
	b.WriteString("    " + p.powerShellCall(*s.Update) + " | Out-Null\n}\n")
	return b.String()
}

// powerShellFind makes $found the one entry that counts.
func (p Plan) powerShellFind(s Step) string {
	list := "(" + p.powerShellCall(Request{Method: "GET", Path: s.Find.Path}) + ")." + s.Find.List
	one := " " + powerShellQuote(s.Title) + "\n"
	switch which := s.Find.Which; len(which) {
	case 0:
		return "$found = One (" + list + " | Where-Object { $_ })" + one
	case 1:
		return "$found = One (" + list + which[0].powerShell() + ")" + one
	default:
		out := "$all = " + list + "\n$found = $all" + which[0].powerShell() + "\n"
		for _, m := range which[1:] {
			out += "if (-not $found) { $found = $all" + m.powerShell() + " }\n"
		}
		return out + "$found = One $found" + one
	}
}

func (m Match) powerShell() string {
	return " | Where-Object { $_." + m.Member + " -ceq " + powerShellQuote(m.Equals) + " }"
}

func (p Plan) powerShellCall(r Request) string {
	out := "Call '" + r.Method + "' " + powerShellText(template(p.Values.GraphURL()+"/"+r.Path))
	if r.Body != nil {
		out += " " + powerShellText(document(r.Body, quoteASCII))
	}
	return out
}

// powerShellText adds texts and variables up.
func powerShellText(p parts) string {
	var out []string
	for _, one := range p {
		if one.variable != "" {
			out = append(out, "$"+string(one.variable))
			continue
		}
		out = append(out, powerShellQuote(one.text))
	}
	if len(out) == 1 {
		return out[0]
	}
	return "(" + strings.Join(out, " + ") + ")"
}

// powerShellQuote is text in which nothing has a meaning. PowerShell ends such a
// text at typographic quotes as well and takes any of them twice for one.
func powerShellQuote(text string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(text) + "'"
}

// quoteASCII is a JSON string without quotes of any kind, without $ and `, and
// without letters beyond ASCII.
func quoteASCII(text string) string {
	var b strings.Builder
	for _, r := range quoteJSON(text) {
		switch {
		case r == '\'' || r == '`' || r == '$' || r > 0x7e && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
