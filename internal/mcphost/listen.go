package mcphost

import (
	"context"
	"net/http"

	"gatehouse/internal/authz"
	"gatehouse/internal/wire"
)

// mostURIs is how many resources one stream or session hears of.
const mostURIs = 100

// listen answers subscriptions/listen of 2026-07-28. What it returns is the end
// of the stream; it goes on after the request's own resources are given back.
func (h *Host) listen(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	wants, uris, err := wanted(req)
	if err != nil {
		return answer{}, err
	}
	tasks, err := h.listenedTasks(by, req)
	if err != nil {
		return answer{}, err
	}
	leave, err := h.streaming.enter(by)
	if err != nil {
		return answer{}, err
	}
	s := h.newStream(by, req)
	s.tasks = tasks
	s.id, s.wants = append([]byte(nil), req.message.ID...), wants
	for _, uri := range uris {
		if _, ok := req.resource(by, uri); ok { // of what is hidden nobody hears
			s.uris[uri] = true
		}
	}
	if err := h.settled(ctx, req, nil); err != nil {
		leave()
		return answer{}, err
	}
	req.then = func(w http.ResponseWriter, r *http.Request) {
		defer leave()
		s.listen(r.Context(), w)
	}
	return answer{}, nil
}

// listen is the stream of a listen request.
func (s *stream) listen(ctx context.Context, w http.ResponseWriter) {
	if s.events.open(w) != nil {
		return
	}
	defer s.events.close()
	s.begin()
	if s.events.send(s.acknowledgement()) != nil || !s.run(ctx) {
		return
	}
	b := append(append([]byte(`{"jsonrpc":"2.0","id":`), s.id...), `,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":`...)
	b = append(append(b, s.host.serverInfo...), `,"`+subscriptionID+`":`...)
	_ = s.events.send(append(append(b, s.id...), "}}}"...))
}

// acknowledgement says which of the wishes are honored.
func (s *stream) acknowledgement() []byte {
	b := append([]byte(`{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"`+subscriptionID+`":`), s.id...)
	b = append(b, `},"notifications":{`...)
	for c := range changes {
		if s.wants[c] {
			b = wire.AppendMember(b, wire.Member{Name: c.name() + "ListChanged", Value: []byte("true")})
		}
	}
	if len(s.uris) > 0 {
		list := []byte("[")
		for uri := range s.uris {
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = wire.AppendString(list, uri)
		}
		b = wire.AppendMember(b, wire.Member{Name: "resourceSubscriptions", Value: append(list, ']')})
	}
	if len(s.tasks) > 0 {
		b = s.appendTaskIDs(b)
	}
	return append(b, "}}}"...)
}

// wanted returns what a listen request asks for; what it does not ask for, or what
// nobody here tells of, is not honored, which the acknowledgement says.
func wanted(req *request) (wants [changes]bool, uris []string, err error) {
	n := &req.message.Params.Notifications
	if len(n.URIs) > mostURIs {
		return wants, nil, wire.InvalidParams("params.notifications.resourceSubscriptions names more than 100 resources; listen to fewer")
	}
	return [changes]bool{toolsChange: n.Tools, promptsChange: n.Prompts, resourcesChange: n.Resources}, n.URIs, nil
}
