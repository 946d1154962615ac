package upstream_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	other "github.com/mark3labs/mcp-go/mcp"
	otherserver "github.com/mark3labs/mcp-go/server"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// TestAnotherImplementationIsUnderstood asks a server that shares no code with the
// official SDK.
func TestAnotherImplementationIsUnderstood(t *testing.T) {
	t.Parallel()
	server := otherserver.NewMCPServer("second opinion", "1", otherserver.WithToolCapabilities(true), otherserver.WithElicitation(), otherserver.WithResourceCapabilities(true, true))
	server.AddTool(other.NewTool(greet, other.WithString("name")), func(_ context.Context, req other.CallToolRequest) (*other.CallToolResult, error) {
		return other.NewToolResultText("hello " + req.GetString("name", "nobody")), nil
	})
	server.AddTool(other.NewTool(asking), func(ctx context.Context, _ other.CallToolRequest) (*other.CallToolResult, error) {
		answer, err := server.RequestElicitation(ctx, other.ElicitationRequest{Params: other.ElicitationParams{Message: "your name?", RequestedSchema: map[string]any{"type": "object"}}})
		if err != nil {
			return other.NewToolResultError(err.Error()), nil
		}
		return other.NewToolResultText("answered " + string(answer.Action)), nil
	})
	address := serve(t, otherserver.NewStreamableHTTPServer(server))
	for _, era := range []wire.Era{wire.Modern, wire.Legacy} {
		t.Run(era.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(address)
			got, err := s.Exchange(t.Context(), r.caller(), tool(greet), call(era, func(c *tools.Call) { c.Arguments = []byte(`{"name":"Ada"}`) }))
			if err != nil || !strings.Contains(string(got.Members), "hello Ada") {
				t.Errorf("%s %v", got.Members, err)
			}
			if _, err := s.Exchange(t.Context(), r.caller(), tool("unknown"), call(era)); err == nil {
				t.Error("an unknown tool was called")
			}
			offering, err := s.Discover(t.Context())
			if err != nil || len(offering.Offers) != 2 {
				t.Errorf("%+v %v", offering, err)
			}
		})
	}
	t.Run("question", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		s, replica := r.server(address), r.replica(t).server(address)
		var answered sync.WaitGroup
		defer answered.Wait()
		got, err := s.Exchange(t.Context(), r.caller(), tool(asking), call(wire.Legacy, inSession, func(c *tools.Call) {
			c.Client.Capabilities.Can = tools.CanElicit
			c.Peer = &peer{ask: func(_ context.Context, q tools.Question) error {
				answered.Go(func() {
					if err := replica.Answer(t.Context(), r.caller(), tools.Answer{ReplyTo: q.ReplyTo, Session: person, Result: []byte(`{"action":"decline"}`)}); err != nil {
						t.Error(err)
					}
				})
				return nil
			}}
		}))
		if err != nil || !strings.Contains(string(got.Members), "answered decline") {
			t.Errorf("%s %v", got.Members, err)
		}
	})
}
