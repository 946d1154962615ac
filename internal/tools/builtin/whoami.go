package builtin

import (
	"context"
	"strconv"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

func whoAmI() tools.Tool {
	return tools.Tool{
		Name:  "whoami",
		Title: "Who am I?",
		Description: "Tells who Gatehouse takes the current caller for: display name, directory and object ID, whether a person or " +
			"an app is calling, the AI app in use, the tool roles held, and where and how long ago the group memberships were learned. " +
			"Use it when the user asks which account is signed in, or when an expected tool is missing. Takes no arguments.",
		Effect:       tools.Read,
		InputSchema:  mustSchema("nothing.in"),
		OutputSchema: mustSchema("whoami.out"),
		Invoker:      tools.InvokerFunc(tellWho),
	}
}

func tellWho(_ context.Context, by authz.Caller, call tools.Call) (tools.Result, error) {
	id, roles := by.Identity(), by.Roles()
	age := strconv.AppendInt(nil, ageOf(by.Membership(), call.Now), 10)
	b := appendText(make([]byte, 0, 1024), string(who(id, roles, by.Membership().Source, age)))
	b = append(b, `,"structuredContent":{"name":`...)
	b = appendString(b, id.Name)
	b = append(b, `,"kind":`...)
	b = appendString(b, id.Kind.String())
	b = append(b, `,"delegated":`...)
	b = strconv.AppendBool(b, id.Delegated)
	b = append(b, `,"tenantId":"`...)
	b = append(b, id.TID.String()...)
	b = append(b, `","objectId":"`...)
	b = append(b, id.OID.String()...)
	b = append(b, `","client":`...)
	b = appendString(b, id.Client)
	b = append(b, `,"roles":[`...)
	for i, role := range roles {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, role)
	}
	b = append(b, `],"membership":{"source":`...)
	b = appendString(b, string(by.Membership().Source))
	b = append(b, `,"ageSeconds":`...)
	b = append(b, age...)
	return tools.Result{Members: append(b, `}}`...)}, nil
}

// ageOf returns the age in whole seconds of what is known of memberships.
func ageOf(m authz.Membership, now time.Time) int64 {
	if m.Source == authz.SourceNone {
		return 0
	}
	return max(int64(now.Sub(m.At)/time.Second), 0)
}

// who is the answer in one paragraph.
func who(id authz.Identity, roles []string, source authz.Source, age []byte) []byte {
	b := append(make([]byte, 0, 384), "You are "...)
	b = append(b, id.Name...)
	b = append(b, " ("...)
	b = append(b, id.Kind.String()...)
	b = append(b, ", object ID "...)
	b = append(b, id.OID.String()...)
	b = append(b, ") of directory "...)
	b = append(b, id.TID.String()...)
	b = append(b, ", calling through the AI app "...)
	b = append(b, id.Client...)
	b = append(b, ". Tool roles: "...)
	for i, role := range roles {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, role...)
	}
	if len(roles) == 0 {
		b = append(b, "none"...)
	}
	if source == authz.SourceNone {
		return append(b, ". No group decides anything here."...)
	}
	b = append(b, ". Group memberships: from "...)
	if source == authz.SourceGraph {
		b = append(b, "Microsoft Graph, "...)
	} else {
		b = append(b, "the access token, "...)
	}
	b = append(b, age...)
	return append(b, " seconds old."...)
}
