package emulator

import (
	"net/http"
	"net/url"
)

// deviceAuthPath is where people type the code; deviceLoginPath is its short
// name, which the device shows.
const (
	deviceAuthPath  = "/common/" + string(deviceAuth)
	deviceLoginPath = "/devicelogin"
)

// deviceLogin sends people from the short address to the page.
func deviceLogin(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, deviceAuthPath, http.StatusFound)
}

// askCode is the page for the code. What follows is the ordinary sign-in.
func (e *Emulator) askCode(w http.ResponseWriter, _ *http.Request) {
	e.show(w, http.StatusOK, deviceCodePage, page{Title: "Enter code", Action: deviceAuthPath})
}

// readCode finds the device's request that a person has typed the code of. From
// here on it stands for the parameters of an authorization request; of what the
// browser sends only decisions count.
func (s *signIn) readCode() *refusal {
	code := readUserCode(s.posted.Get("user_code"))
	if code == "" {
		return refuse(90119)
	}
	d, ok := s.e.devices.find(code)
	if !ok {
		return refuse(70018)
	}
	if s.now.After(d.until) {
		return refuse(70019)
	}
	if d.state != deviceWaiting {
		return refuse(90120)
	}
	s.segment = d.segment
	s.form = url.Values{"user_code": {code}, "client_id": {d.client}, "scope": {d.scope}, "account": s.posted["account"]}
	return nil
}

// confirmed asks somebody who has arrived whether it is them who started this on
// the device. If it reports false the answer has been written.
func (s *signIn) confirmed(w http.ResponseWriter, r *http.Request, at *arrival) bool {
	switch {
	case s.onPage(at, "confirm", "continue"):
		s.form.Set("confirm", "continue") // goes along with the page for consent
		return true
	case s.onPage(at, "confirm", "cancel"):
		s.answerDevice(w, r, refuse(65004))
	default:
		s.e.show(w, http.StatusOK, deviceConfirmPage, page{
			Title: "Are you trying to sign in to " + at.client.Name + "?", App: at.client.Name, Username: at.who.Username,
			Action: s.action(), Carried: s.carryOn(w, at, "confirm"),
		})
	}
	return false
}

// approve lets the device have its tokens.
func (s *signIn) approve(w http.ResponseWriter, r *http.Request, at *arrival) {
	s.settleDevice(w, r, outcome{
		state: deviceApproved, who: s.grant(at),
		text: "You have signed in to the " + at.client.Name + " application on your device. You may now close this window.",
	})
}

// answerDevice ends a device's sign-in with an error. The device hears of a
// person's no alone: any other refusal stands on the page, and the device goes on
// waiting until its code runs out (Microsoft's page "OAuth 2.0 device
// authorization grant": authorization_declined is the end user's denial).
func (s *signIn) answerDevice(w http.ResponseWriter, r *http.Request, no *refusal) {
	if no.code != 65004 && no.code != 90094 {
		s.e.errorPage(w, r, no)
		return
	}
	s.settleDevice(w, r, outcome{
		state: deviceDeclined,
		text:  "You have declined the request. The device stays signed out; you may now close this window.",
	})
}

// outcome is how a device's request ends, and what its person reads.
type outcome struct {
	state deviceState
	who   grant
	text  string
}

func (s *signIn) settleDevice(w http.ResponseWriter, r *http.Request, o outcome) {
	if !s.e.devices.settle(s.form.Get("user_code"), deviceWaiting, o.state, o.who) {
		s.e.errorPage(w, r, refuse(90120)) // in another window
		return
	}
	s.e.show(w, http.StatusOK, noticePage, page{Title: s.client.Name, Text: o.text})
}
