package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The peer of P6: ToolHive's gateway in front of several MCP servers. It is built
// from the Go proxy in a directory of its own and is part of no module of ours.
const (
	vmcpVersion = "v0.47.0"
	vmcpPackage = "github.com/stacklok/toolhive/cmd/vmcp@" + vmcpVersion
	buildLimit  = 20 * time.Minute
)

// measurePeer is P6: federated calls by the product and by vmcp, with the same
// tokens to the same upstream.
func (l *lab) measurePeer(ctx context.Context) (_ []result, err error) {
	program, err := l.buildVMCP(ctx)
	if err != nil {
		return nil, absent(err)
	}
	dir, err := os.MkdirTemp("", "gatehouse-vmcp-")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	peer, err := l.startVMCP(ctx, program, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, peer.stop()) }()
	if err := l.guards(ctx, peer.addr); err != nil {
		return nil, fmt.Errorf("vmcp %s: %w", vmcpVersion, err)
	}
	other := side{name: "vmcp", addr: peer.addr, server: peer}
	pairs, err := l.forward(ctx, other, func(to endpoint) request { return vmcpCall(to.addr, backTool(0)) })
	if err != nil {
		return nil, err
	}
	return []result{{target: peerCalls, figure: across(pairs, callsRatio), detail: costs(pairs) + ", " + rates(pairs)}}, nil
}

func vmcpCall(addr, tool string) request { return callBack(endpoint{addr, "/mcp"}, tool) }

// buildVMCP returns the peer's program, which is built once and kept in the
// user's cache.
func (l *lab) buildVMCP(ctx context.Context) (program string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no directory to build vmcp in: %w", err)
	}
	dir := filepath.Join(cache, "gatehouse-bench", "vmcp-"+vmcpVersion)
	program = filepath.Join(dir, "vmcp")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if l.peers == foundPeers {
		return "", errNotBuilt
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("no directory to build vmcp in: %w", err)
	}
	_, _ = fmt.Fprintf(l.notes, "building %s, once; that takes some minutes\n", vmcpPackage)
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "install", vmcpPackage)
	build.Dir = dir
	build.Env = append(build.Environ(), "GOBIN="+dir, "GOWORK=off", "GO111MODULE=on")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w: %s", vmcpPackage, err, lastLine(said))
	}
	return program, nil
}

var errNotBuilt = errors.New("vmcp has not been built on this machine")

func lastLine(said []byte) string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(said), "?")), "\n")
	return fmt.Sprintf("%.200s", lines[len(lines)-1])
}

// startVMCP starts the peer with verification of tokens by the emulated Entra ID
// and Cedar, in front of the upstream.
func (l *lab) startVMCP(ctx context.Context, program, dir string) (*foreign, error) {
	file := filepath.Join(dir, "vmcp.yaml")
	text, err := json.Marshal(vmcpConfiguration(l.around.worlds.federated)) // JSON is YAML
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("write configuration of vmcp: %w", err)
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("place vmcp: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "serve", "--config", file, "--host", host, "--port", port) //nolint:gosec // what was built above
	cmd.Dir = dir
	return launchForeign(ctx, cmd, addr)
}

// object is JSON.
type object = map[string]any

// vmcpConfiguration has no more than what the row is about: no audit, no
// telemetry, no health checks, which would only cost the peer.
func vmcpConfiguration(w world) object {
	permit := fmt.Sprintf(`permit(principal in THVGroup::%q, action == Action::"call_tool", resource == Tool::%q);`, w.staff(), backTool(0))
	return object{
		"name": "bench", "groupRef": "bench",
		"backends": []object{{"name": backName, "url": w.upstream + w.offers, "transport": "streamable-http"}},
		"incomingAuth": object{
			"type": "oidc",
			"oidc": object{
				"issuer": w.issuer(), "audience": w.api.String(), "resource": w.resource(),
				"jwksAllowPrivateIp": true, "protectedResourceAllowPrivateIp": true, "insecureAllowHttp": true,
			},
			"authz": object{"type": "cedar", "policies": []string{permit}},
		},
		"outgoingAuth": object{"source": "inline"},
		"aggregation": object{
			"conflictResolution": "prefix", "conflictResolutionConfig": object{"prefixFormat": "{workload}_"},
		},
	}
}

// guards makes sure that a peer refuses what it has to refuse: without that its
// rate would say nothing.
func (l *lab) guards(ctx context.Context, addr string) (err error) {
	own, err := l.tokens(ctx, l.around.worlds.federated)
	if err != nil {
		return err
	}
	foreigners, err := l.tokens(ctx, l.around.worlds.plain)
	if err != nil {
		return err
	}
	f, err := dial(ctx, addr, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	for _, c := range []struct {
		name, token, tool string
		want              int
	}{
		{"a token whose signature is broken", broken(own[0]), backTool(0), http.StatusUnauthorized},
		{"a token of another issuer", foreigners[0], backTool(0), http.StatusUnauthorized},
		{"a tool that no policy permits", own[0], backName + "_" + backSealed, http.StatusForbidden},
		{"the permitted tool", own[0], backTool(0), http.StatusOK},
	} {
		status, body, err := f.ask(vmcpCall(addr, c.tool), c.token)
		if err != nil {
			return fmt.Errorf("ask with %s: %w", c.name, err)
		}
		if status != c.want {
			return fmt.Errorf("HTTP %d for %s, want %d: %.200s", status, c.name, c.want, body)
		}
	}
	return nil
}

// broken returns a token whose signature does not fit it.
func broken(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	with := byte('A')
	if token[at] == with {
		with = 'B'
	}
	return token[:at] + string(with) + token[at+1:]
}
