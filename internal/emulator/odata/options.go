package odata

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Options are the parameters of a query string, each given once. Names are
// compared without regard to case, as OData 4.01 has it.
type Options struct {
	sent  url.Values
	names map[string]string // lower case to as sent
}

// ReadOptions takes a query string apart. A semicolon is part of a value:
// options inside of $expand are separated so. $format=json asks for what comes
// anyway, and is left out. The error is an *Error.
func ReadOptions(query string) (Options, error) {
	sent, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
	if err != nil {
		return Options{}, &Error{Reason: Malformed, Text: query, Near: err.Error()}
	}
	o := Options{sent: sent, names: make(map[string]string, len(sent))}
	for name, values := range sent {
		known := strings.ToLower(name)
		if known == "$format" && slices.Equal(values, []string{"json"}) {
			delete(sent, name)
			continue
		}
		if _, twice := o.names[known]; twice || len(values) > 1 {
			return Options{}, &Error{Reason: Repeated, Text: query, Near: known}
		}
		o.names[known] = name
	}
	return o, nil
}

// Has reports whether an option, named in lower case, was given.
func (o Options) Has(name string) bool {
	_, ok := o.names[name]
	return ok
}

// Get is what an option, named in lower case, was given; empty: nothing.
func (o Options) Get(name string) string { return o.sent.Get(o.names[name]) }

// Names are the given options in lower case, sorted.
func (o Options) Names() []string { return slices.Sorted(maps.Keys(o.names)) }

// Without is a copy of what was sent, but for some options.
func (o Options) Without(names ...string) url.Values {
	out := maps.Clone(o.sent)
	maps.DeleteFunc(out, func(name string, _ []string) bool { return slices.Contains(names, strings.ToLower(name)) })
	return out
}
