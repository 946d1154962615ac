package tour

import (
	"path/filepath"
	"strings"
)

// introduction is what the commands of the steps use, to be typed once.
func (t *tour) introduction() string {
	lines := []string{
		"export GATEHOUSE_URL=" + t.at.BaseURL,
		`token() { curl -s ` + t.at.EntraURL + `/$1/oauth2/v2.0/token -d grant_type=password -d client_id=` + t.contoso.Clients[0].ClientID +
			` -d scope=$GATEHOUSE_URL/t/${1%.example}/mcp/access_as_user -d username=$2@$1 -d password=$2-demo | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'; }`,
		`ask() { curl -s ` + t.contoso.MCPURL + ` -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' ` +
			`-H 'MCP-Protocol-Version: 2026-07-28' -H "Mcp-Method: $2" -d '{"jsonrpc":"2.0","id":1,"method":"'$2'","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'; }`,
		`session() { go run ./cmd/gatehouse-dev sign-in --data ` + t.Data + ` $1@contoso.example; }`,
		`api() { curl -s -X $2 "$GATEHOUSE_URL/api/organizations/contoso$3" -H "Cookie: $(session $1)" -H "Origin: $GATEHOUSE_URL" -H 'Content-Type: application/json' ${4:+-d "$4"}; }`,
		`control() { curl -s ` + t.at.ControlURL + `$1 -H "Authorization: Bearer $(sed -n 's/.*"control_token": "\([^"]*\)".*/\1/p' ` + filepath.Join(t.Data, "dev.json") + `)" ${2:+-d "$2"}; }`,
		`gatehouse() { GATEHOUSE_SESSION=$(session dan) go run ./cmd/gatehouse "$@"; }`,
	}
	if strings.HasPrefix(t.at.BaseURL, "https://") {
		ca := filepath.Join(t.Data, "ca.pem")
		lines = append(lines, "export CURL_CA_BUNDLE="+ca+" GATEHOUSE_EXTRA_CA_FILE="+ca)
	}
	return "Each step says which command does the same, what came of it, and what that shows.\nThe commands work in a shell in which these lines were typed, once:\n\n" + indented("  ", strings.Join(lines, "\n"))
}
