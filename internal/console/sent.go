package console

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// confidential are the members that hold a secret, or nothing else of interest,
// where the contract does not spell a body out.
var confidential = []string{"credential", "secret", "secretText", "client_secret", "password", "certificate", "privateKey", "token", "access_token", "assertion"}

// sent lists the strings of a request that no refusal and no log may repeat:
// whatever stands in a member that holds secrets or that the contract does not
// know, and whatever has the form of a secret, wherever it stands.
func (v *visit) sent() []string {
	var g gathering
	where, op := v.URL(), v.Operation()
	g.body(v.body, v.registry, op)
	for name, values := range where.Query() {
		g.name(name)
		known := slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
		for _, value := range values {
			g.value(value, trust{known: known})
		}
	}
	for segment := range strings.SplitSeq(where.EscapedPath(), "/") {
		if text, err := url.PathUnescape(segment); err == nil {
			g.name(text)
		}
	}
	g.name(strings.TrimSpace(v.Header("Idempotency-Key")))
	g.name(v.Header("If-Match"))
	return g.hidden
}

// gathering collects what is not to be repeated.
type gathering struct{ hidden []string }

// trust says what is known of the place where a value was sent. The zero value
// is a place that the contract does not have.
type trust struct {
	known   bool // the contract has it, and it holds no secret
	formula bool // it holds an expression, of which a mistake names parts
}

// body gathers from a body what its schema tells apart.
func (g *gathering) body(body []byte, registry huma.Registry, op *huma.Operation) {
	var value any
	switch err := json.Unmarshal(body, &value); {
	case len(body) == 0:
	case err != nil:
		g.value(string(body), trust{})
	default:
		var schema *huma.Schema
		if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
			schema = op.RequestBody.Content["application/json"].Schema
		}
		g.walk(value, place{schema, registry, trust{known: schema != nil}})
	}
}

// place is where in a body a value stands.
type place struct {
	schema   *huma.Schema // nil where the contract leaves it open
	registry huma.Registry
	trust    trust
}

// member is the place of an object's member.
func (p place) member(name string) place {
	below := place{registry: p.registry, trust: trust{known: p.trust.known, formula: name == "condition"}}
	if slices.Contains(confidential, name) {
		below.trust.known = false
	}
	if p.schema == nil {
		return below
	}
	next, has := p.schema.Properties[name]
	switch {
	case has:
		below.schema = next
		below.trust.known = p.trust.known && !next.WriteOnly
	case p.schema.AdditionalProperties == false:
		below.trust.known = false
	}
	return below
}

// resolved is the place with the schema that a reference names.
func (p place) resolved() place {
	if p.schema != nil && p.schema.Ref != "" {
		p.schema = p.registry.SchemaFromRef(p.schema.Ref)
	}
	return p
}

func (g *gathering) walk(value any, at place) {
	at = at.resolved()
	switch value := value.(type) {
	case string:
		g.value(value, at.trust)
	case []any:
		entry := place{registry: at.registry, trust: at.trust}
		if at.schema != nil {
			entry.schema = at.schema.Items
		}
		for _, e := range value {
			g.walk(e, entry)
		}
	case map[string]any:
		for name, e := range value {
			g.name(name)
			g.walk(e, at.member(name))
		}
	}
}

// name gathers what names something, if it has the form of a secret.
func (g *gathering) name(text string) { g.value(text, trust{known: true}) }

// value gathers a value, and the pieces of one that has the form of a secret: a
// message may repeat no more than a piece.
func (g *gathering) value(text string, t trust) {
	switch {
	case text == "":
	case t.known && t.formula:
		for _, piece := range pieces(text) {
			if secretive(piece) { // a message names what follows a number by itself
				g.hidden = append(g.hidden, piece, strings.TrimLeft(piece, "0123456789"))
			}
		}
	case secretive(text) || passwordlike(text):
		g.hidden = append(append(g.hidden, text), pieces(text)...)
	case !t.known:
		g.hidden = append(g.hidden, text)
	}
}
