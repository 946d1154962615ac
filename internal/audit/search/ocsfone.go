package search

import (
	"bytes"
	"encoding/json"

	"gatehouse/internal/audit/proof"
)

// Event returns a record as an event of OCSF, one object of JSON, as an export has it.
// Its leaf stands below unmapped.
func Event(r proof.Record, origin, version string) ([]byte, error) {
	e := (&events{origin: origin, version: version}).event(r)
	leaf, err := r.Leaf.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if e.Unmapped == nil {
		e.Unmapped = map[string]json.RawMessage{}
	}
	e.Unmapped["log_leaf"] = leaf
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(e)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
