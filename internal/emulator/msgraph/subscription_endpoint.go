package msgraph

import (
	"net/http"
	"net/url"

	"gatehouse/internal/emulator/loopback"
	"gatehouse/internal/emulator/msgraph/webhook"
	"gatehouse/internal/emulator/reply"
)

// unvalidated refuses a subscription whose endpoint did not prove itself. The
// sentence about the token is Graph's; the code and the others are from memory.
func unvalidated(message string) *problem {
	return &problem{http.StatusBadRequest, "ValidationError", "Subscription validation request failed. " + message}
}

// checkEndpoints wants https, or http on this machine, where the emulator lives.
// A lifecycle URL is optional: only Teams resources need one.
func checkEndpoints(one *subscription) *problem {
	for name, address := range map[string]string{"notificationUrl": one.notify, "lifecycleNotificationUrl": one.lifecycle} {
		if address == "" && name == "lifecycleNotificationUrl" {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback.Host(u.Hostname())) {
			return invalid("The " + name + " '" + reply.Clip(address) + "' is not an https URL.")
		}
	}
	return nil
}

// handshakes has both URLs of a subscription answer for themselves.
func (v *visit) handshakes(one *subscription) *problem {
	if bad := v.handshake(one.notify); bad != nil || one.lifecycle == "" || one.lifecycle == one.notify {
		return bad
	}
	return v.handshake(one.lifecycle)
}

// handshake has a URL answer for itself. The token has blanks, so that nobody gets
// by with sending back the query.
func (v *visit) handshake(address string) *problem {
	token := "Validation: Testing client application reachability for subscription Request-Id: " + v.s.random.GUID()
	switch v.s.courier.Handshake(v.r.Context(), address, token) {
	case webhook.Proved:
		return nil
	case webhook.NotOK:
		return unvalidated("Notification endpoint must respond with 200 OK to validation request.")
	case webhook.OtherToken:
		return unvalidated("Response must exactly match validationToken query parameter.")
	case webhook.NoURL:
		return unvalidated("The address is not a URL.")
	case webhook.Unreachable:
	}
	return unvalidated("Notification endpoint could not be reached in time.")
}
