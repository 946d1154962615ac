// Command go lists the tools a bearer token gives and calls one of them.
package main

import (
	"context"
	"fmt"
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
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: MCP_TOKEN=… go run ./examples/go http://localhost:8080/t/contoso/mcp")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Getenv("MCP_TOKEN")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, endpoint, token string) error {
	transport := &mcp.StreamableClientTransport{Endpoint: endpoint, HTTPClient: &http.Client{Transport: bearer(token)}}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "example", Version: "1"}, nil).Connect(ctx, transport, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	list, err := session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	dice := false
	for _, tool := range list.Tools {
		fmt.Println(tool.Name, "-", tool.Title)
		dice = dice || tool.Name == "roll_dice"
	}
	if !dice {
		fmt.Println("There is no roll_dice for you here, which this example calls.")
		return nil
	}
	reply, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "roll_dice", Arguments: map[string]any{"sides": 20}})
	if err != nil {
		return err
	}
	for _, block := range reply.Content {
		if text, ok := block.(*mcp.TextContent); ok {
			fmt.Println(text.Text)
		}
	}
	return nil
}
