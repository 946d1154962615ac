package console

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// unexpected is said of a member that the contract does not have.
const unexpected = "unexpected property; the contract has none of this name here"

// worded says, for whoever administers Entra, what of a request does not fit the
// contract, at the field that it is about.
func worded(e huma.ErrorDetail) ProblemDetail {
	d := ProblemDetail{Location: e.Location, Message: e.Message}
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	ids, _, _ := strings.Cut(validation.MsgExpectedRFC4122UUID, "%v")
	words, _, _ := strings.Cut(validation.MsgExpectedOneOf, "%s")
	pattern, _, _ := strings.Cut(validation.MsgExpectedMatchPattern, "%s")
	switch name, missing := strings.CutPrefix(e.Message, before); {
	case missing && strings.HasSuffix(name, after):
		d.Location, d.Message = strings.TrimPrefix(e.Location+"."+strings.TrimSuffix(name, after), "."), "is missing"
	case strings.HasPrefix(e.Message, ids), strings.HasPrefix(e.Location, "path.") && strings.HasSuffix(e.Message, "is not a GUID"):
		d.Message = wordedID(e.Location)
	case strings.HasPrefix(e.Message, words):
		d.Message = "is none of the words that it may be; use " + strings.Trim(strings.TrimPrefix(e.Message, words), `"`)
	case strings.HasPrefix(e.Message, pattern):
		d.Message = wordedPattern(e.Location)
	case e.Message == validation.MsgExpectedRFC3339DateTime:
		d.Message = "is not a time with its zone; give one such as 2027-01-31T00:00:00Z"
	case e.Message == validation.MsgUnexpectedProperty:
		d.Message = unexpected
	}
	return d
}

// wordedID says where the id is that belongs into a field.
func wordedID(location string) string {
	const form = "is no ID, which looks like 5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10; "
	switch at := location[strings.LastIndex(location, ".")+1:]; {
	case at == "role":
		return form + "list the roles for the ids there are"
	case at == "clientId":
		return form + "copy the Application (client) ID from the app registration's overview in the Entra admin center"
	case at == "person" || strings.HasSuffix(location, "grantee.id"):
		return form + "copy the Object ID from the overview of the person, group or application in the Entra admin center"
	case strings.HasPrefix(location, "path."):
		return form + "take it from the list of what is there"
	default:
		return form + "copy it from the overview in the Entra admin center"
	}
}

// wordedPattern says what a text has to look like.
func wordedPattern(location string) string {
	switch at := location[strings.LastIndex(location, ".")+1:]; at {
	case "name":
		return "must have 1 to 32 lowercase letters, digits and inner hyphens"
	case "hash":
		return "is no hash, which is sha256: and 64 digits; copy it from the definition that you have read"
	case "authenticationContext":
		return "is no authentication context; use c1 to c99"
	default:
		return "does not look like one; the contract says what it has to look like"
	}
}

// wordedBody says why a body could not be read.
func wordedBody(message string) string {
	if message == errTwice.Error() {
		return "a member is named twice; name each once"
	}
	return "the body is no JSON, or only a part of some; send one JSON value"
}
