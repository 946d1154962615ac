package builtin

import (
	"context"
	"encoding/json"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func greetingCard() tools.Tool {
	return tools.Tool{
		Name:  "greeting_card",
		Title: "Greeting card",
		Description: "Makes a greeting card for somebody and shows it, where the AI app can show user interfaces of tools. " +
			"Give the name of whoever the card is for and, if wanted, a short plain-text message.",
		Effect:       tools.Read,
		InputSchema:  mustSchema("greeting_card.in"),
		OutputSchema: mustSchema("greeting_card.out"),
		App:          &tools.App{URI: "ui://gatehouse/greeting_card", Name: "Greeting card", HTML: greetingCardHTML},
		Invoker:      tools.InvokerFunc(makeCard),
	}
}

// card is a greeting card. The names are the schema's.
type card struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

func makeCard(_ context.Context, _ authz.Caller, call tools.Call) (tools.Result, error) {
	c := card{Message: "Welcome to Gatehouse!"}
	if err := json.Unmarshal(call.Arguments, &c); err != nil {
		return tools.Result{}, fault.Wrap(fault.Invalid, "arguments must be an object with strings name and message", err)
	}
	return structured("A greeting card for "+c.Name+": "+c.Message, c)
}
