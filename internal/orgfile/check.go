package orgfile

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Check returns what in the document breaks its own rules: bounds, words that
// are none of those a member may have, entries with one key, secrets that do not
// name one source. What depends on the organization's state is Apply's.
func (d Document) Check() []access.Problem {
	c := &checker{}
	c.value(reflect.ValueOf(d), "", member{})
	if len(c.found) == 0 {
		c.organization(d.Organization)
		c.sources(d.Sources)
		c.approvals(d.Approvals)
		c.sinks(d.Sinks)
		c.keys(d)
	}
	return c.found
}

type checker struct{ found []access.Problem }

func (c *checker) add(at access.Place, message string) {
	c.found = append(c.found, access.Problem{Path: string(at), Message: message})
}

// value checks a value against the tags of the member that holds it.
func (c *checker) value(v reflect.Value, at access.Place, m member) {
	if _, isText := reflect.New(v.Type()).Interface().(encoding.TextUnmarshaler); isText {
		if m.required && v.IsZero() {
			c.missing(at, m)
		}
		if end, isTime := v.Interface().(time.Time); isTime {
			c.end(at, end)
		}
		return
	}
	switch {
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			c.value(v.Elem(), at, m)
		}
	case v.Kind() == reflect.Struct:
		for _, inner := range members(v.Type()) {
			c.value(v.FieldByIndex(inner.field.Index), at.Field(inner.name), inner)
		}
	case v.Kind() == reflect.Slice:
		c.list(v, at, m)
	case v.Kind() == reflect.Int:
		c.number(int(v.Int()), at, m)
	case v.Kind() == reflect.Bool:
	default:
		c.text(v.String(), at, m)
	}
}

func (c *checker) number(n int, at access.Place, m member) {
	if list := m.enum(); list != nil && !slices.Contains(list, strconv.Itoa(n)) {
		c.add(at, "is not a version that is known; write "+strings.Join(list, " or "))
	}
	least, bounded := m.bound("minimum")
	if most, _ := m.bound("maximum"); bounded && n != 0 && (n < least || n > most) {
		c.add(at, fmt.Sprintf("is %d and must be between %d and %d", n, least, most))
	}
}

func (c *checker) end(at access.Place, t time.Time) {
	if err := tenants.CheckEnd(t); err != nil {
		c.add(at, fault.Public(err))
	}
}

func (c *checker) missing(at access.Place, m member) {
	c.add(at, "is missing; "+firstSentence(m.field.Tag.Get("doc")))
}

func (c *checker) list(v reflect.Value, at access.Place, m member) {
	if v.IsNil() && !m.required {
		return
	}
	if least, bounded := m.bound("minItems"); bounded && v.Len() < least {
		c.add(at, fmt.Sprintf("has %d entries and needs %d", v.Len(), least))
	}
	if most, bounded := m.bound("maxItems"); bounded && v.Len() > most {
		c.add(at, fmt.Sprintf("has %d entries and may have %d", v.Len(), most))
		return
	}
	for i := range v.Len() {
		c.value(v.Index(i), at.At(i), member{})
	}
}

// text checks one word. It does not repeat the word: a secret may stand where
// none belongs.
func (c *checker) text(s string, at access.Place, m member) {
	if s == "" {
		if m.required {
			c.missing(at, m)
		}
		return
	}
	list := m.enum()
	most, bounded := m.bound("maxLength")
	switch {
	case !utf8.ValidString(s):
		c.add(at, "holds bytes that are no text; save the file as UTF-8")
	case list != nil && !slices.Contains(list, s):
		c.add(at, "is none of the words that it may be; use "+strings.Join(list, ", "))
	case bounded && utf8.RuneCountInString(s) > most:
		c.add(at, fmt.Sprintf("has %d characters and may have %d", utf8.RuneCountInString(s), most))
	case strings.HasPrefix(m.field.Tag.Get("pattern"), "^(https://|") && !strings.HasPrefix(s, "https://") && !m.pattern().MatchString(s):
		c.add(at, "must begin with https://; "+firstSentence(m.field.Tag.Get("doc")))
	case m.pattern() != nil && !m.pattern().MatchString(s):
		c.add(at, "does not look like one; "+firstSentence(m.field.Tag.Get("doc")))
	}
}

func (m member) bound(tag string) (int, bool) {
	n, err := strconv.Atoi(m.field.Tag.Get(tag))
	return n, err == nil
}

// patterns holds the compiled patterns of members, by their text.
var patterns sync.Map

func (m member) pattern() *regexp.Regexp {
	text := m.field.Tag.Get("pattern")
	if text == "" {
		return nil
	}
	if compiled, ok := patterns.Load(text); ok {
		return compiled.(*regexp.Regexp) //nolint:forcetypeassert // nothing else is stored
	}
	compiled := regexp.MustCompile(text)
	patterns.Store(text, compiled)
	return compiled
}

func (c *checker) organization(o *Organization) {
	if o == nil {
		return
	}
	for i, origin := range o.Origins {
		if err := tenants.CheckOrigin(origin); err != nil {
			c.add(access.Place("organization.origins").At(i), fault.Public(err))
		}
	}
	if link := o.AccessPackageURL; link != nil && utf8.RuneCountInString(*link) <= tenants.MaxAccessPackageURL {
		if err := tenants.CheckAccessPackageURL(*link); err != nil {
			c.add("organization.accessPackageUrl", fault.Public(err))
		}
	}
	if m := o.Membership; m != nil && m.Soft > 0 && m.Hard > 0 && m.Hard < m.Soft {
		c.add("organization.membership.hard", "is shorter than soft; give at least as much")
	}
	if o.Connection == nil || o.Connection.Credential == nil {
		return
	}
	credential := *o.Connection.Credential
	if o.Connection.Model == tenants.SharedApp {
		c.add(credentialPlace, "belongs to an app of one's own; the shared app's credential is the deployment's, so remove it")
	}
	if credential.From != nil && (credential.Kind == NoCredential || credential.Kind == tenants.PlatformIssuer) {
		c.add(credentialPlace.Field("from"), fmt.Sprintf("is not for %s, which has no secret; remove it", credential.Kind))
		return
	}
	c.from(credentialPlace.Field("from"), credential.From)
}

// from checks that a secret has one place at most.
func (c *checker) from(at access.Place, from *From) {
	switch {
	case from == nil:
	case (from.Env == "") == (from.File == ""):
		c.add(at, "needs one of env and file: {env: NAME} or {file: path}")
	case strings.HasPrefix(from.Env, "GATEHOUSE_"):
		c.add(at.Field("env"), "begins with GATEHOUSE_, as the settings of the programs do; choose another name")
	}
}

// keys refuses entries of one list with the same key.
func (c *checker) keys(d Document) {
	for _, s := range d.sections() {
		first := map[string]int{}
		for i, key := range s.keys {
			if at, twice := first[key]; twice {
				c.add(s.at.At(i), fmt.Sprintf("has the same key as entry %d of the list, %s; put them together", at+1, key))
				continue
			}
			first[key] = i
		}
	}
}
