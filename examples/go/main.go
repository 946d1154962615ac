// Command go lists the tools a bearer token gives and calls one of them.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	ctx := context.Background()
	transport := &mcp.StreamableClientTransport{
		Endpoint:             os.Args[1],
		HTTPClient:           &http.Client{Transport: bearer(os.Getenv("MCP_TOKEN"))},
		DisableStandaloneSSE: true,
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "example", Version: "1"}, nil).Connect(ctx, transport, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	list, err := session.ListTools(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, tool := range list.Tools {
		fmt.Println(tool.Name, "-", tool.Title)
	}
	reply, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "roll_dice", Arguments: map[string]any{"sides": 20}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Content[0].(*mcp.TextContent).Text)
}
