package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"gatehouse/internal/spelling"
)

// prefix marks the variables that belong to this program.
const prefix = "GATEHOUSE_"

// load fills a T from the source. The rules between fields are checked only
// when every field was understood: a complaint about a value nobody gave would
// mislead.
func load[T any](s Source, rules func(T) Errors) (T, error) {
	var c T
	r := reader{values: valuesOf(withoutServiceLinks(s.Environ)), readFile: s.ReadFile}
	r.refuseUnknown()
	understood := len(r.problems)
	r.fields(reflect.ValueOf(&c).Elem())
	if len(r.problems) == understood {
		r.problems = append(r.problems, rules(c)...)
	}
	if len(r.problems) > 0 {
		var zero T
		return zero, r.problems
	}
	return c, nil
}

// valuesOf returns the variables of this program that have a value. An empty
// one counts as not set, as Kubernetes and Compose files often leave it.
func valuesOf(environ []string) map[string]string {
	values := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, prefix) {
			values[name] = value
		}
	}
	return values
}

// reader collects values and complaints.
type reader struct {
	values   map[string]string
	readFile func(string) ([]byte, error)
	problems Errors
}

// refuseUnknown complains about a variable nobody reads: a misspelled switch
// would otherwise be a default that nobody chose.
func (r *reader) refuseUnknown() {
	known := knownNames()
	var unknown []string
	for name := range r.values {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	names := slices.Collect(maps.Keys(known))
	for _, name := range unknown {
		if near := spelling.Nearest(name, names); near != "" {
			r.problems.add("%s is not a variable of Gatehouse; the nearest one is %s", name, near)
			continue
		}
		r.problems.add("%s is not a variable of Gatehouse; docs/configuration.md lists them", name)
	}
}

// fields reads a struct's variables, those of the groups embedded in it too.
func (r *reader) fields(value reflect.Value) {
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.Anonymous {
			r.fields(value.Field(i))
			continue
		}
		v := variableOf(field)
		if other := field.Tag.Get("unless"); other != "" && !r.given(v.Name) && !r.given(other) {
			r.problems.add("%s is not set; set it, or %s to the path of a file that holds it, or %s", v.Name, v.Name+fileSuffix, other)
			continue
		}
		r.field(v, value.Field(i))
	}
}

// given reports whether a variable has a value, of its own or in a file.
func (r *reader) given(name string) bool {
	return r.values[name] != "" || r.values[name+fileSuffix] != ""
}

func (r *reader) field(v Variable, target reflect.Value) {
	text, ok := r.text(v)
	if !ok {
		return
	}
	if err := set(target.Addr().Interface(), text); err != nil {
		r.problems.add("%s %v", v.Name, err)
		return
	}
	path := r.values[v.Name+fileSuffix]
	if kept, ok := target.Addr().Interface().(fromFile); ok && path != "" {
		kept.from(func() (string, error) { return r.content(path) })
	}
}

// text returns a variable's value: its own, its file's or its default. It
// returns false if there is none, having complained if there should be.
func (r *reader) text(v Variable) (string, bool) {
	value, path := r.values[v.Name], r.values[v.Name+fileSuffix]
	switch {
	case value != "" && path != "":
		r.problems.add("%s and %s are both set; keep one", v.Name, v.Name+fileSuffix)
		return "", false
	case path != "":
		return r.file(v.Name+fileSuffix, path)
	case value != "":
		return value, true
	case v.Required:
		r.problems.add("%s is not set; set it, or %s to the path of a file that holds it", v.Name, v.Name+fileSuffix)
		return "", false
	default:
		return v.Default, v.Default != ""
	}
}

func (r *reader) file(name, path string) (string, bool) {
	text, err := r.content(path)
	if err != nil {
		r.problems.add("%s: %v", name, err)
		return "", false
	}
	if text == "" {
		r.problems.add("%s: the file %s is empty", name, path)
		return "", false
	}
	return text, true
}

// content is what a file holds, without one line break at its end.
func (r *reader) content(path string) (string, error) {
	content, err := r.readFile(path)
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), err
}
