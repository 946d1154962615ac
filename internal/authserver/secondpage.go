package authserver

import (
	"net/http"
	"time"

	"gatehouse/internal/connections"
)

// secondContent is what somebody who has signed in would allow.
type secondContent struct {
	firstContent
	Person  connections.Person
	Preview preview
	Days    int // it lasts, at most
	Idle    int // days without use after which it ends
}

// showSecond asks the person whether the client may act for them.
func (s *Server) showSecond(v visit, st step, text string, b belonging) error {
	asked := st.Asked
	days := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	s.show(v.w, v.r, page{
		Status: http.StatusOK, Name: "second", Title: "Allow " + asked.Client.Name + " to act for you?", Posts: secondPosts(v.snap, asked),
		Content: secondContent{
			firstContent: s.contentOf(v.snap, asked, text), Person: st.Who.Person, Preview: s.preview(v, st, b),
			Days: days(connections.AbsoluteLife), Idle: days(connections.IdleLife),
		},
	})
	return nil
}
