package demo

import (
	"context"
	"net/http"
)

// MailroomForTest is what keeps what the platform sends: what it serves, where its
// mail server is, and what ends it.
func MailroomForTest(ctx context.Context, token string) (handler http.Handler, smtp string, stop func() error, err error) {
	m, err := openMailroom(ctx, token)
	if err != nil {
		return nil, "", nil, err
	}
	return m.handler(), m.smtp(), m.mails.Stop, nil
}
