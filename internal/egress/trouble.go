package egress

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

// Trouble is why there was no reply, as far as it may be told to those who chose
// the destination. None of it comes from a connection to an address that may not
// be dialled, because there is none.
type Trouble uint8

// The troubles.
const (
	Broken       Trouble = iota // the connection ended before the reply: the request may have arrived
	Unresolved                  // DNS does not know the name
	NotPermitted                // scheme, port or address may not be dialled
	Unconnected                 // no connection came about
	Untrusted                   // it does not speak TLS, or with a certificate that is not good for the name
	Redirected                  // it answers with a redirect that is not followed
)

// TroubleOf tells which one a fault of this package is about.
func TroubleOf(err error) Trouble {
	_, redirect := errors.AsType[*RedirectError](err)
	_, unknown := errors.AsType[*net.DNSError](err)
	connecting, network := errors.AsType[*net.OpError](err)
	switch {
	case redirect:
		return Redirected
	case errors.Is(err, ErrDestination):
		return NotPermitted
	case unknown:
		return Unresolved
	case isUntrusted(err), network && connecting.Op == "remote error": // a TLS alert
		return Untrusted
	case network && connecting.Op == "dial":
		return Unconnected
	}
	return Broken
}

// isUntrusted reports whether the two sides did not agree on TLS.
func isUntrusted(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return verification || record || errors.Is(err, http.ErrSchemeMismatch)
}
