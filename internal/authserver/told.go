package authserver

import (
	"net/http"
)

// lastContent is what somebody reads at the end.
type lastContent struct {
	Text string
	Next string // what they can do; may be empty
}

// repeat answers a form that was answered before: it leads where it led, for a while,
// or says what was decided then.
func (s *Server) repeat(v visit, st step, action string) error {
	before := st.Answer
	if before.To != "" && action == before.Action && s.Now().Sub(before.At) < repeatLife {
		v.redirect(before.To)
		return nil
	}
	title, content := s.told(v, st)
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "last", Title: title, Content: content})
	return nil
}

// told says how a page was answered.
func (s *Server) told(v visit, st step) (title string, content lastContent) {
	app, organization := st.Asked.Client.Name, v.snap.Organization.Name
	again := "To connect it after all, go back to it and connect again."
	switch (press{st.Answer.On, st.Answer.Action}) {
	case press{agreeing, allow}:
		return "You have allowed " + app + " already", lastContent{
			"Until that is revoked, it can act for you at " + organization + ", as far as your roles go. What you press on this page now changes nothing.",
			"Go back to the app. To take it back, ask an administrator of Gatehouse at " + organization + " to revoke your connection to the app, or revoke it yourself: sign in at " +
				s.base + " to see your connections.",
		}
	case press{agreeing, deny}:
		return "You have denied " + app + " already", lastContent{"It was told so, and nothing was given to it.", again}
	case press{asking, cancel}:
		return "You have canceled already", lastContent{app + " was told so, and nothing was given to it.", again}
	case press{sourceAgreeing, deny}:
		return "You have canceled already", lastContent{"Nothing was given, and the source is not asked for you.", ""}
	}
	if st.Answer.On == sourceAgreeing {
		return "You have gone on from this page already", lastContent{
			"Signing in began from it.", "Finish that where it is open. If it is not open any more: " + adviceRepeat,
		}
	}
	return "You have gone on from this page already", lastContent{
		"Signing in began from it. Nothing is given to " + app + " before you allow it.", "Finish that where it is open. If it is not open any more: " + adviceRetry,
	}
}
