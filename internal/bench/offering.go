package main

import (
	"fmt"
	"strconv"
	"strings"

	"gatehouse/internal/tools"
)

// What servers behind organizations offer. The role may use what begins with
// open.
const (
	backName      = "bench" // of the source, and so the prefix of its names
	backOpen      = "open_"
	backSealed    = "sealed"
	everyKind     = "/kinds" // path of the server that offers something of every kind
	fewTools      = 10
	manyTools     = 1000
	backArguments = `{"text":"A note of a few words."}`
)

// backTool is what clients call the nth open tool.
func backTool(n int) string { return backName + "_" + backOpen + number(n) }

func number(n int) string { return fmt.Sprintf("%04d", n) }

// offered is one definition of a server behind an organization.
type offered struct {
	kind       tools.Kind
	definition string
}

// offering returns what the server at a path offers: something of every kind, or
// as many tools as the path says.
func offering(path string) ([]offered, error) {
	if path == everyKind {
		return []offered{
			{tools.KindTool, toolNamed(backOpen + number(0))},
			{tools.KindTool, toolNamed(backSealed)},
			{tools.KindPrompt, `{"name":"summary","title":"Summary","arguments":[{"name":"topic","required":true}]}`},
			{tools.KindResource, `{"uri":"bench://register","name":"register","mimeType":"text/plain"}`},
			{tools.KindTemplate, `{"uriTemplate":"bench://register/{number}","name":"record","mimeType":"text/plain"}`},
		}, nil
	}
	count, err := strconv.Atoi(strings.TrimPrefix(path, "/"))
	if err != nil || count < 1 || count > tools.MaxOffers {
		return nil, fmt.Errorf("no server at %.40q: the path is %s or a number of tools", path, everyKind)
	}
	var all []offered
	for n := range count {
		all = append(all, offered{tools.KindTool, toolNamed(backOpen + number(n))})
	}
	return all, nil
}

// path is where the server with a number of tools is.
func pathOf(count int) string { return "/" + strconv.Itoa(count) }

func toolNamed(name string) string {
	return `{"name":` + strconv.Quote(name) + `,"title":"Note","description":"Takes a note and says that it did. The register is made up.",` +
		`"inputSchema":{"type":"object","properties":{"text":{"type":"string","maxLength":200,"description":"what to note"}},` +
		`"required":["text"],"additionalProperties":false},"annotations":{"readOnlyHint":true}}`
}

// list returns the definitions of a kind, comma separated.
func list(all []offered, kind tools.Kind) string {
	var of []string
	for _, o := range all {
		if o.kind == kind {
			of = append(of, o.definition)
		}
	}
	return strings.Join(of, ",")
}
