package msgraph

import (
	"net/http"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// workload is a service behind Graph that is not the directory: Exchange,
// OneDrive or the people graph. Each has its own permissions and its own errors.
type workload struct {
	own    []string // delegated permissions for what is one's own
	others []string // delegated permissions for what is somebody else's
	apps   []string // application permissions
	refuse func(*visit, *problem)
	denied *problem
	nobody func(name string) *problem       // there is no such person
	lacks  func(*directory.Person) *problem // the person has nothing of the kind
}

// holder serves something that belongs to a person.
type holder func(v *visit, owner *directory.Person)

// mine serves what belongs to the signed-in person.
func (s *Service) mine(on *workload, serve holder) http.HandlerFunc {
	return s.asUser(func(v *visit) {
		if !v.may(on.own...) {
			on.refuse(v, on.denied)
			return
		}
		on.serve(v, v.who, serve)
	})
}

// theirs serves what belongs to the person the address names, by object id or
// principal name: to apps with an application permission, to people their own.
func (s *Service) theirs(on *workload, serve holder) http.HandlerFunc {
	return s.as(func(v *visit) {
		name := v.r.PathValue("user")
		owner, known := personNamed(v.tenant, name)
		need := on.others
		switch {
		case v.who == nil:
			need = on.apps
		case known && owner.ID == v.who.ID:
			need = on.own
		}
		switch {
		case !v.may(need...):
			on.refuse(v, on.denied)
		case !known:
			on.refuse(v, on.nobody(name))
		default:
			on.serve(v, owner, serve)
		}
	})
}

func (on *workload) serve(v *visit, owner *directory.Person, serve holder) {
	if on.lacks != nil {
		if bad := on.lacks(owner); bad != nil {
			on.refuse(v, bad)
			return
		}
	}
	serve(v, owner)
}

// outlookError answers as Exchange does behind Graph: code and message, and no
// innerError, as responses recorded from 2018 to 2026 show.
func outlookError(v *visit, bad *problem) {
	v.s.headers(v.w, v.r)
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	reply.JSON(v.w, bad.status, map[string]body{"error": {bad.code, bad.message}})
}

// outlookUnsupported is Exchange's refusal of a query.
func outlookUnsupported(message string) *problem {
	return &problem{http.StatusBadRequest, "ErrorInvalidUrlQuery", message}
}

var outlookDenied = &problem{http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again."}

// outlookNobody is Exchange's word for a name it does not know; code and sentence
// are from memory.
func outlookNobody(name string) *problem {
	return &problem{http.StatusNotFound, "ErrorInvalidUser", "The requested user '" + reply.Clip(name) + "' is invalid."}
}

// noMailbox refuses guests and people without an address, unless the seed gave
// them something. The sentence is from memory.
func noMailbox(owner *directory.Person) *problem {
	if owner.Member() && (owner.Mail != "" || len(owner.Messages)+len(owner.Events) > 0) {
		return nil
	}
	return &problem{http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise."}
}
