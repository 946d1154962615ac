package authserver

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"gatehouse/internal/entra"
)

// explanation is what an error of Entra's means to a person, who can do something
// about it, and what.
type explanation struct {
	title  string
	text   string
	remedy string // {app} and {callback} stand for what Registration.fill puts there
	code   string // what the client is told
	shared string // remedy where the app registration is the platform's; empty: the same
}

// setback makes a page of it, for a registration.
func (e explanation) setback(at Registration) *setback {
	status := http.StatusForbidden
	switch e.code {
	case serverError:
		status = http.StatusBadGateway
	case notNow:
		status = http.StatusServiceUnavailable
	}
	b := halt(status, e.title, e.text).advise(e.remedyAt(at))
	b.code = e.code
	return b
}

var (
	aadsts      = regexp.MustCompile(`^AADSTS([0-9]{4,9})\b`)
	correlation = regexp.MustCompile(`Correlation ID: ([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b`)
)

// entraSaid puts an error of Entra's authorization endpoint into words that help.
// Its own description is read for the number and the correlation id, and never
// shown: anybody can make one up.
func entraSaid(p parameters) *entra.TokenError {
	name, description := p["error"][0], strings.Join(p["error_description"], " ")
	said := &entra.TokenError{Class: classOf(name), Name: strings.ToValidUTF8(name[:min(len(name), 64)], "?")}
	if found := aadsts.FindStringSubmatch(description); found != nil {
		said.Code, _ = strconv.Atoi(found[1]) // nine digits at most
	}
	if found := correlation.FindStringSubmatch(description); found != nil {
		said.CorrelationID = found[1]
	}
	return said
}

// classOf says what it would take after an error that the authorization endpoint
// names (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6; Microsoft, "Authorization
// code flow", § Error codes for authorization endpoint errors).
func classOf(name string) entra.ErrorClass {
	switch name {
	case "access_denied":
		return entra.Blocked
	case "consent_required":
		return entra.Consent
	case "interaction_required", "account_selection_required":
		return entra.Interaction
	case "login_required":
		return entra.Reauth
	case "temporarily_unavailable", "server_error":
		return entra.Transient
	}
	return entra.Misconfigured
}

// explained puts what Entra refused into words: by its number where that tells
// more, otherwise by its class.
func explained(e *entra.TokenError, at Registration) *setback {
	told, ok := numbered(e.Code)
	if !ok {
		told = byClass(e.Class)
	}
	b := told.setback(at).because(e)
	b.Facts = append(b.Facts, factsOf(e)...)
	return b
}

// factsOf is what Microsoft's support asks for.
func factsOf(e *entra.TokenError) (facts []fact) {
	if e.Code != 0 {
		facts = append(facts, fact{Name: "Error code", Value: "AADSTS" + strconv.Itoa(e.Code)})
	}
	if e.CorrelationID != "" {
		facts = append(facts, fact{Name: "Correlation ID", Value: e.CorrelationID})
	}
	return facts
}

func byClass(c entra.ErrorClass) explanation {
	switch c {
	case entra.Interaction, entra.Reauth:
		return signInAgain
	case entra.Consent:
		return noConsent
	case entra.Blocked:
		return denied
	case entra.Throttled, entra.Transient:
		return busy
	case entra.Misconfigured:
	}
	return misconfigured
}
