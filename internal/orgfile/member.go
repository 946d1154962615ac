package orgfile

import (
	"reflect"
	"strings"
)

// member is one member of a struct of the document.
type member struct {
	name     string
	required bool
	field    reflect.StructField
}

// members returns the members of a struct in the order of the document.
func members(t reflect.Type) []member {
	out := make([]member, 0, t.NumField())
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, member{name: name, required: options == "", field: f})
	}
	return out
}

// enum returns the values a member may have; nil: any.
func (m member) enum() []string {
	if list := m.field.Tag.Get("enum"); list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

// names returns the names of members.
func names(of []member) []string {
	out := make([]string, len(of))
	for i, m := range of {
		out[i] = m.name
	}
	return out
}
