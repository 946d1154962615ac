package mcphost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"gatehouse/internal/audit"
	"gatehouse/internal/wire"
)

// keep returns, as one JSON object of at most audit.KeptLimit bytes, what stands at
// pointers (RFC 6901) in an object: the pointers ascend, values are compact, and what
// is not there or lies in an array is left out. What has no room is counted.
func keep(pointers []string, object []byte) string {
	if len(pointers) == 0 {
		return ""
	}
	members := membersOf(object)
	var b bytes.Buffer
	var value bytes.Buffer
	left := 0
	for _, p := range pointers {
		found := pointed(members, p)
		value.Reset()
		if found == nil || json.Compact(&value, found) != nil {
			continue
		}
		name := wire.AppendString(nil, p)
		if b.Len()+len(name)+value.Len()+len(`{:,"omitted":99}`) > audit.KeptLimit {
			left++
			continue
		}
		b.WriteString(",")
		b.Write(name)
		b.WriteString(":")
		b.Write(value.Bytes())
	}
	if left > 0 {
		fmt.Fprintf(&b, `,"omitted":%d`, left)
	}
	if b.Len() == 0 {
		return ""
	}
	return "{" + b.String()[1:] + "}"
}

var unescaped = strings.NewReplacer("~1", "/", "~0", "~")

// pointed returns what a pointer leads to, or nil.
func pointed(members []wire.Member, pointer string) []byte {
	_, path, _ := strings.Cut(pointer, "/")
	for {
		name, rest, further := strings.Cut(path, "/")
		value := wire.Value(members, unescaped.Replace(name))
		if value == nil || !further {
			return value
		}
		members, path = membersOf(value), rest
	}
}

// braced is a result as the object that its members make.
func braced(members []byte) []byte {
	return append(append([]byte{'{'}, members...), '}')
}
