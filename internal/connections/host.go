package connections

import (
	"net/netip"
	"strconv"
	"strings"
)

// hostObjection says what is wrong with the host of a URI that has been read, with or
// without a port:
// it is an address, or a name in lower case whose parts have letters, digits and
// hyphens. A name that browsers take for an address, such as 2130706433, is none.
func hostObjection(authority string) string {
	host := authority
	if at := strings.LastIndexByte(authority, ':'); at > strings.LastIndexByte(authority, ']') {
		host = authority[:at]
		if n, err := strconv.ParseUint(authority[at+1:], 10, 16); err != nil || strconv.FormatUint(n, 10) != authority[at+1:] || n == 0 {
			return "has a port that is none"
		}
	}
	if !isAddress(host) && !isName(host) {
		return "has a host that is none; write its name in lower case and ASCII"
	}
	return ""
}

// isAddress reports whether a host is an IP address as URIs spell it.
func isAddress(host string) bool {
	inner, bracketed := strings.CutPrefix(host, "[")
	ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
	return err == nil && strings.HasSuffix(host, "]") == bracketed && ip.Zone() == ""
}

// isName reports whether a host is the name of one (RFC 1123 §2.1), and neither an
// address nor something that a browser makes one of (URL Standard, "ends in a
// number").
func isName(host string) bool {
	if len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
		last = label
	}
	return !isNumber(last)
}

// isNumber reports whether a label is a number in decimal or, with 0x, hexadecimal.
func isNumber(label string) bool {
	if digits, hex := strings.CutPrefix(label, "0x"); hex {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func isMachine(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isUnspecified reports whether a host is 0.0.0.0 or ::, at which whoever connects
// reaches their own machine.
func isUnspecified(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsUnspecified()
}
