package mcphost

import "gatehouse/internal/tools"

// writtenResult is a result in a letter. Its names are what replicas agree on,
// whatever the fields of a tools.Result are called.
type writtenResult struct {
	Members []byte        `json:"members,omitempty"`
	Meta    []byte        `json:"meta,omitempty"`
	Type    string        `json:"type,omitempty"`
	TTL     string        `json:"ttl,omitempty"`
	Asked   *writtenAsked `json:"asked,omitempty"`
	TaskID  string        `json:"taskId,omitempty"`
	IsError bool          `json:"isError,omitempty"`
}

type writtenAsked struct {
	Requests []byte `json:"requests,omitempty"`
	State    string `json:"state,omitempty"`
	Ours     bool   `json:"ours,omitempty"`
}

func writeResult(r tools.Result) *writtenResult {
	w := &writtenResult{Members: r.Members, Meta: r.Meta, Type: r.Type, TTL: r.TTL, TaskID: r.TaskID, IsError: r.IsError}
	if r.Asked != nil {
		w.Asked = &writtenAsked{Requests: r.Asked.Requests, State: r.Asked.State, Ours: r.Asked.Ours}
	}
	return w
}

func (w *writtenResult) result() tools.Result {
	r := tools.Result{Members: w.Members, Meta: w.Meta, Type: w.Type, TTL: w.TTL, TaskID: w.TaskID, IsError: w.IsError}
	if w.Asked != nil {
		r.Asked = &tools.Asked{Requests: w.Asked.Requests, State: w.Asked.State, Ours: w.Asked.Ours}
	}
	return r
}
