package upstream

import (
	"encoding/json"
	"errors"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// failed is the end of an exchange that the server answered with an error.
func (x *exchange) failed(c *conversation, object []byte, era wire.Era) (tools.Result, error) {
	own, err := c.failure(object)
	if err != nil {
		return tools.Result{}, err
	}
	if own.Code == wire.CodeURLElicitation && era == wire.Legacy && x.call.Client.Era == wire.Modern {
		if asked := askedToVisit(own.Data); asked != nil {
			return tools.Result{Type: "input_required", Asked: asked}, nil
		}
	}
	return tools.Result{}, x.translated(own, era)
}

// translated puts an error of the server's own into the client's era. Of the two
// that are about our own request, one tells that the server has changed its
// revisions, and the other that it does not see the headers we sent.
func (x *exchange) translated(err error, era wire.Era) error {
	own, ok := errors.AsType[*wire.Error](err)
	if !ok {
		return err
	}
	switch own.Code {
	case wire.CodeUnsupportedVersion:
		return own
	case wire.CodeHeaderMismatch:
		return x.s.fail(fault.Upstream, "does not see the headers of our request as they were sent; check what lies in front of it", errors.New(own.Message))
	}
	client := x.call.Client.Era
	if client == 0 {
		client = era
	}
	return own.Relay(era, client)
}

// askedToVisit makes of the data of a URLElicitationRequiredError (2025-11-25)
// the requests by which a modern client is asked the same; nil if it cannot.
func askedToVisit(data []byte) *tools.Asked {
	var required struct {
		Elicitations []json.RawMessage `json:"elicitations"`
	}
	if json.Unmarshal(data, &required) != nil || len(required.Elicitations) == 0 || len(required.Elicitations) > mostVisits {
		return nil
	}
	requests := []byte{'{'}
	for i, params := range required.Elicitations {
		if modeOf(params) != "url" {
			return nil
		}
		requests = wire.AppendMember(requests, wire.Member{
			Name:  "visit-" + string(rune('a'+i)),
			Value: append(append([]byte(`{"method":"elicitation/create","params":`), withoutElicitationID(params)...), '}'),
		})
	}
	return &tools.Asked{Requests: append(requests, '}')}
}

const mostVisits = 8

// withoutElicitationID takes out the member that the modern era does not have.
func withoutElicitationID(params []byte) []byte {
	members, err := wire.MembersOf(params)
	if err != nil {
		return params
	}
	kept := []byte{'{'}
	for _, m := range members {
		if m.Name != "elicitationId" {
			kept = wire.AppendMember(kept, m)
		}
	}
	return append(kept, '}')
}
