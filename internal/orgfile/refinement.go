package orgfile

import (
	"reflect"
	"strings"
	"unicode"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// refinements say to editors, type by type, what tags cannot: rules that Check
// and the edits of package access have in words of their own. A test holds the
// two against each other.
var refinements = map[reflect.Type]func(*schema){
	reflect.TypeFor[Organization](): func(s *schema) {
		s.at("name").Pattern = namePattern
		s.at("accessPackageUrl").Pattern = "^$|" + tenants.AccessPackagePattern
		origins := s.at("origins").Items
		origins.Pattern, origins.Not = tenants.OriginPattern, &schema{Pattern: tenants.DefaultPortPattern}
	},
	reflect.TypeFor[Connection](): func(s *schema) {
		s.when("model", tenants.SharedApp).forbid("credential")
	},
	reflect.TypeFor[Credential](): func(s *schema) {
		s.when("kind", NoCredential, tenants.PlatformIssuer).forbid("from")
	},
	reflect.TypeFor[From](): func(s *schema) {
		s.MinMembers, s.MaxMembers = 1, 1
		s.at("env").Not = &schema{Pattern: "^GATEHOUSE_"}
	},
	reflect.TypeFor[RoleGrant](): func(s *schema) {
		s.at("name").Pattern = "^$|" + namePattern
		s.when("role", tenants.Owner).member("grantee", schema{Properties: properties{{"kind", schema{Const: tenants.PersonGrantee}}}})
	},
	reflect.TypeFor[Role](): func(s *schema) { s.at("name").Pattern = namePattern },
	reflect.TypeFor[Permission](): func(s *schema) {
		s.at("patterns").Items.Pattern = toolPattern
		s.when("effect", "deny").forbid("authenticationContext")
	},
	reflect.TypeFor[Assignment](): func(s *schema) { s.at("name").Pattern = "^$|" + namePattern },
	reflect.TypeFor[Subject]():    refineSubject,
	reflect.TypeFor[Client](): func(s *schema) {
		s.at("id").Pattern, s.at("id").Not = clientIDPattern, &noClient
		s.at("name").Pattern = namePattern
		s.at("maximumPermissions").Items.Pattern = toolPattern
	},
	reflect.TypeFor[ScopeCeiling](): func(s *schema) {
		s.at("scope").Pattern = `^[!-.0-~]+$`
		s.at("patterns").Items.Pattern = toolPattern
	},
	reflect.TypeFor[Source]():           refineSource,
	reflect.TypeFor[SourceCredential](): refineSourceCredential,
	reflect.TypeFor[Approval](): func(s *schema) {
		s.when("kind", tools.KindTool).Required = []string{"effect"}
		s.when("kind", tools.KindPrompt, tools.KindResource, tools.KindTemplate, tools.KindInstructions).forbid("effect")
	},
	reflect.TypeFor[Toolset](): func(s *schema) {
		s.at("name").Not = &schema{}
		for _, word := range access.ReservedToolsets() {
			s.at("name").Not.Enum = append(s.at("name").Not.Enum, word)
		}
		s.at("title").Pattern = namePattern
		s.at("patterns").Items.Pattern = toolPattern
	},
	reflect.TypeFor[Limit]():   refineLimit,
	reflect.TypeFor[Contact](): refineContact,
	reflect.TypeFor[Sink]():    refineSink,
	reflect.TypeFor[Recording](): func(s *schema) {
		s.at("tool").Pattern = toolPattern
		for _, of := range []string{"arguments", "result"} {
			s.at(of).Items.Pattern = pointerPattern
		}
		bodies := schema{Required: []string{"bodies"}, Properties: properties{{"bodies", schema{Enum: []any{tenants.RedactedBodies, tenants.FullBodies}}}}}
		without := func(name string) *schema { return &schema{Not: &schema{Required: []string{name}}} }
		s.AllOf = append(s.AllOf, schema{If: without("arguments"), Then: &schema{If: without("result"), Then: &bodies}})
	},
}

// refineLimit wants what the limit's subject is, and nothing else, and one of rate
// and callsPerDay.
func refineLimit(s *schema) {
	s.at("client").Pattern, s.at("client").Not = clientIDPattern, &noClient
	s.at("tool").Pattern = toolPattern
	s.when("per", tenants.PerCaller, tenants.PerTool).forbid("client")
	s.when("per", tenants.PerCaller, tenants.PerClient).forbid("tool")
	s.when("per", tenants.PerTool).Required = []string{"tool"}
	s.AllOf = append(s.AllOf, schema{If: &schema{Not: &schema{Required: []string{"rate"}}}, Then: &schema{Required: []string{"callsPerDay"}}})
}

// refineSubject wants a value of those kinds that have one.
func refineSubject(s *schema) {
	s.when("kind", "group", "person").need("value", schema{Pattern: guidPattern, Not: &nothing})
	s.when("kind", "app_role").need("value", schema{Pattern: `^[!-~]{1,120}$`})
	s.when("kind", "client").need("value", schema{Pattern: clientIDPattern, Not: &noClient})
	s.when("kind", "everybody", "every_guest", "every_app").forbid("value")
}

func refineSource(s *schema) {
	s.at("title").Pattern = namePattern
	s.when("review", tools.AllowReadOnly).need("trusted", schema{Const: true})
}

// refineSourceCredential wants of each kind what it uses, and nothing else.
func refineSourceCredential(s *schema) {
	s.at("header").Not = &schema{Pattern: requestHeaders()}
	s.at("scopes").Items.Pattern = `^[!#-\[\]-~]{1,300}$`
	s.when("kind", tools.NoCredential).forbid("header", "scopes", "tokenUrl", "clientId", "from")
	s.when("kind", tools.OnBehalfOfUser).forbid("header", "tokenUrl", "clientId", "from")
	s.when("kind", tools.OnBehalfOfUser).Required = []string{"scopes"}
	s.when("kind", tools.HeaderCredential).forbid("scopes", "tokenUrl", "clientId")
	s.when("kind", tools.HeaderCredential).Required = []string{"header"}
	s.when("kind", tools.ClientCredentials).forbid("header")
	s.when("kind", tools.ClientCredentials).Required = []string{"tokenUrl", "clientId"}
	s.when("kind", tools.UserAuthorization).forbid("header", "tokenUrl")
}

// requestHeaders is the pattern of the headers that no credential may be.
func requestHeaders() string {
	names, beginnings := tools.RequestHeaders()
	return "^(" + caseless(strings.Join(names, "|")) + ")$|^(" + caseless(strings.Join(beginnings, "|")) + ")"
}

// caseless is a pattern for words in small and in capital letters, for readers
// that know no flag.
func caseless(words string) string {
	var b strings.Builder
	for _, r := range words {
		if unicode.IsLower(r) {
			b.WriteString("[" + string(r) + string(unicode.ToUpper(r)) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

const (
	// namePattern is what can be printed, with spaces between: access.CheckName.
	namePattern = `^[\p{L}\p{M}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$`
	// toolPattern is a pattern of permission names: authz.CheckPattern.
	toolPattern = `^(prompt:)?[A-Za-z0-9_.*-]{1,128}$|^resource:[A-Za-z0-9_.*~%:/?#\[\]@!$&'()+,;={}-]{1,503}$`
	// pointerPattern is a JSON Pointer to something inside: access.isPointer.
	pointerPattern = `^/([^~\x00-\x1f\x7f]|~[01]){1,255}$`
	// clientIDPattern is a GUID, the https URL of a document, that of a host, or the
	// software of registrations: access.CheckClientID.
	clientIDPattern = guidPattern + `|^https://[^/?#@\\ ]+/[^#\x00-\x1f\x7f]*$|^https://([a-z0-9_][a-z0-9_.-]*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$|` +
		`^[^<> \x00-\x1f\x7f]([^<>\x00-\x1f\x7f]*[^<> \x00-\x1f\x7f])?( <[a-z][a-z0-9.+-]*:/[!-;=?-~]*>)+$`
	// noClientPattern is what that lets pass and is none: the GUID that identifies
	// nothing, and a host with the port that browsers leave out.
	noClientPattern = `^0{8}-0{4}-0{4}-0{4}-0{12}$|^https://[^/]*:443$`
)

// nothing is the GUID that identifies nothing; noClient is that and more.
var (
	nothing  = schema{Const: tenants.GUID{}.String()}
	noClient = schema{Pattern: noClientPattern}
)

// at returns the schema of a member.
func (s *schema) at(name string) *schema {
	for i := range s.Properties {
		if s.Properties[i].name == name {
			return &s.Properties[i].schema
		}
	}
	panic("org.schema.json has no member " + name)
}

// when adds a rule for objects one of whose members has one of some values, and
// returns what is to hold for them.
func (s *schema) when(name string, values ...any) *schema {
	then := &schema{}
	s.AllOf = append(s.AllOf, schema{If: &schema{Properties: properties{{name, schema{Enum: values}}}, Required: []string{name}}, Then: then})
	return then
}

// member adds what is to hold for a member that is there.
func (s *schema) member(name string, what schema) {
	s.Properties = append(s.Properties, property{name, what})
}

// need adds a member that has to be there.
func (s *schema) need(name string, what schema) {
	s.member(name, what)
	s.Required = append(s.Required, name)
}

// forbid adds members that may not be there.
func (s *schema) forbid(names ...string) {
	for _, name := range names {
		s.member(name, schema{Not: &schema{}})
	}
}
