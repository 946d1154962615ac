package msgraph

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/reply"
)

// body reads the JSON of a request that writes. OData annotations say nothing
// and are dropped, except the reference of a $ref; any other member Graph has and
// the emulator has not is refused by name.
func (v *visit) body(into any) bool {
	raw, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, reply.MaxBody))
	if err != nil {
		v.refuse(unreadableBody)
		return false
	}
	if bad := decodePlain(raw, into); bad != nil {
		v.refuse(bad)
		return false
	}
	return true
}

// unreadableBody is Graph's word about a body that is no JSON object, as quoted
// in microsoftgraph/microsoft-graph-docs issue 6259 and others.
var unreadableBody = malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")

// invalidProperty refuses a member a type has not got. The sentence is from
// memory.
func invalidProperty(name string) *problem {
	return badRequest("Invalid property '" + reply.Clip(name) + "'.")
}

// mismatched refuses a value of the wrong type, in the words quoted in
// microsoftgraph/microsoft-graph-docs issue 138.
func mismatched(name string) *problem {
	return malformed("Property " + reply.Clip(name) + " in payload has a value that does not match schema.")
}

func decodePlain(raw []byte, into any) *problem {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil || tree == nil {
		return unreadableBody
	}
	withoutAnnotations(tree)
	plain, err := json.Marshal(tree)
	if err != nil {
		return unreadableBody
	}
	err = reply.Decode(bytes.NewReader(plain), into)
	if err == nil {
		return nil
	}
	if name, unknown := unknownMember(err); unknown {
		return invalidProperty(name)
	}
	return mismatchedMember(tree, into)
}

// unknownMember is the name in an error about a member that is not known, which
// encoding/json says in a text only.
func unknownMember(err error) (string, bool) {
	_, quoted, found := strings.Cut(err.Error(), "json: unknown field ")
	if !found {
		return "", false
	}
	name, err := strconv.Unquote(quoted)
	return name, err == nil
}

// mismatchedMember finds the first member of a body, by name, that does not fit
// by itself.
func mismatchedMember(tree map[string]any, into any) *problem {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		alone, err := json.Marshal(map[string]any{name: tree[name]})
		if err == nil && json.Unmarshal(alone, reflect.New(reflect.TypeOf(into).Elem()).Interface()) != nil {
			return mismatched(name)
		}
	}
	return unreadableBody
}

func withoutAnnotations(tree any) any {
	switch node := tree.(type) {
	case map[string]any:
		for name, value := range node {
			if strings.Contains(name, "@odata.") && name != "@odata.id" {
				delete(node, name)
				continue
			}
			node[name] = withoutAnnotations(value)
		}
	case []any:
		for i := range node {
			node[i] = withoutAnnotations(node[i])
		}
	}
	return tree
}
