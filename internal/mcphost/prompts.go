package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// listPrompts answers prompts/list, where the caller has any.
func (h *Host) listPrompts(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	defer h.lookBehind(ctx, by, req)
	if !h.hasPrompts(by, req) {
		return answer{}, wire.MethodNotFound(req.era, req.message.Method)
	}
	return h.list(ctx, by, req, tools.KindPrompt, `"prompts":[`)
}

// getPrompt answers prompts/get under the rules of a call.
func (h *Host) getPrompt(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if !h.hasPrompts(by, req) {
		if by, _ = h.lookAgain(ctx, by, req); !h.hasPrompts(by, req) {
			return answer{}, wire.MethodNotFound(req.era, req.message.Method)
		}
	}
	if req.message.Params.Name == "" {
		return answer{}, wire.MalformedParams("params.name is missing; name the prompt")
	}
	return h.recorded(ctx, by, req, runPromptFreshly)
}

var runPromptFreshly = freshly((*Host).runPrompt)

func (h *Host) runPrompt(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	p := &req.message.Params
	arguments := p.Arguments
	if arguments == nil {
		arguments = noArguments
	}
	at := req.snap.Catalog.Prompt(p.Name)
	if err := h.allow(by, req, wish{at: at, name: p.Name, arguments: arguments, unknown: errUnknownPrompt}); err != nil {
		return answer{}, err
	}
	prompt := req.snap.Catalog.At(at)
	if err := h.limits.AdmitOther(callOf(by, req, prompt)); err != nil {
		return answer{}, err
	}
	return h.forward(ctx, by, req, errand{
		entry: prompt, name: p.Name, arguments: arguments, target: tools.Target{Method: wire.MethodPromptsGet, Name: prompt.Own},
	})
}

// hasPrompts reports whether the caller sees a prompt here.
func (h *Host) hasPrompts(by authz.Caller, req *request) bool {
	return req.snap.Catalog.Offers(tools.KindPrompt) && len(h.listOf(tools.KindPrompt, by, req)) > 0
}
