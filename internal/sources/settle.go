package sources

import (
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/text"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// offering is what a source has said, and to whom.
type offering struct {
	upstream.Offering
	at   time.Time
	part part
}

// part says of how much a list speaks. One that a source which answers people has
// given to us is that of nobody in particular.
type part uint8

const (
	all part = iota
	one      // what one person is offered says nothing about what others are
)

// key names an offer of a source.
type key struct {
	kind tools.Kind
	name string
}

// settle compares what a source offers with what is known, and lets the source's
// policy decide about what is new or has changed.
func settle(known Known, o offering) (Settlement, Report, error) {
	now := kept(o)
	before := make(map[key]Kept, len(known.Offers))
	for _, k := range known.Offers {
		before[key{k.Kind, k.Name}] = k
	}
	var s Settlement
	report := Report{At: o.at, Offered: len(now)}
	for i := range now {
		was, there := before[key{now[i].Kind, now[i].Name}]
		if there && was.Hash == now[i].Hash && was.Unusable == now[i].Unusable {
			was.Definition = now[i].Definition
			now[i] = was
			continue
		}
		s.Put = append(s.Put, now[i])
		if there {
			report.Altered = named(report.Altered, now[i])
		} else {
			report.New = named(report.New, now[i])
		}
	}
	if o.part == all && !known.Source.Credential.Kind.Personal() {
		s.Remove = gone(known.Offers, now)
	}
	for _, k := range s.Remove {
		report.Lost = named(report.Lost, k)
	}
	if err := recognize(known, &s); err != nil {
		return Settlement{}, Report{}, err
	}
	review(known, now, &s, &report)
	report.Gone, report.Changed = len(s.Remove), !s.Empty()
	return s, report, nil
}

// maxNamed is how many definitions of a sort a report names.
const maxNamed = 100

// named adds a definition to a list of a report, which is bounded.
func named(list []access.Named, k Kept) []access.Named {
	if len(list) == maxNamed {
		return list
	}
	return append(list, access.Named{Kind: k.Kind, Name: k.Name})
}

// kept returns an offering as it is to be stored: each name once, and what cannot
// be used with the reason. Of two that differ neither can: a call does not say
// which one it means.
func kept(o offering) []Kept {
	seen := map[key]int{}
	var list []Kept
	add := func(k Kept) {
		at, known := seen[key{k.Kind, k.Name}]
		switch {
		case !known:
			seen[key{k.Kind, k.Name}] = len(list)
			list = append(list, k)
		case list[at].Unusable == "" && (list[at].Hash != k.Hash || k.Unusable != ""):
			list[at].Unusable = twice
		}
	}
	for _, offer := range o.Offers {
		if len(offer.Name) > access.MaxDefinitionName {
			continue // as long a name no approval can have; NewOffer bounds those of tools and prompts
		}
		add(Kept{Offer: offer, SeenAt: o.at})
	}
	for _, u := range o.Unusable {
		add(Kept{Offer: tools.Offer{Kind: u.Kind, Name: printable(u.Name, access.MaxDefinitionName)}, Unusable: printable(u.Reason, maxReason), SeenAt: o.at})
	}
	return list
}

const twice = "the source offers this name twice, and not the same both times; whoever runs it has to give each its own name"

// maxReason is the bytes of a reason that are kept.
const maxReason = 500

// gone returns what was offered and is not any more.
func gone(before, now []Kept) []Kept {
	there := make(map[key]bool, len(now))
	for _, k := range now {
		there[key{k.Kind, k.Name}] = true
	}
	return slices.DeleteFunc(slices.Clone(before), func(k Kept) bool { return there[key{k.Kind, k.Name}] })
}

// maxRenames bounds what looking for renamed definitions costs.
const maxRenames = 100

// recognize notes of new definitions which name they had before.
func recognize(known Known, s *Settlement) error {
	if len(s.Remove) == 0 || len(s.Put) == 0 {
		return nil
	}
	was := reviewed(known, s.Remove)
	removed, err := known.Definitions(was[:min(len(was), maxRenames)])
	if err != nil {
		return err
	}
	for i := range s.Put[:min(len(s.Put), maxRenames)] {
		if s.Put[i].Unusable != "" {
			continue
		}
		if from, ok := tools.Renamed(s.Put[i].Offer, removed); ok {
			s.Put[i].RenamedFrom = from
		}
	}
	return nil
}

// reviewed returns those that somebody has approved: another name is news of them
// only.
func reviewed(known Known, of []Kept) []Kept {
	approved := make(map[key]bool, len(known.Approvals))
	for _, a := range known.Approvals {
		approved[key{a.Kind, a.Name}] = true
	}
	return slices.DeleteFunc(slices.Clone(of), func(k Kept) bool { return !approved[key{k.Kind, k.Name}] })
}

// review applies the policy to what is not approved as it is, and counts. What an
// admin has taken back no policy approves again.
func review(known Known, now []Kept, s *Settlement, report *Report) {
	approved := make(map[key]tools.Hash, len(known.Approvals))
	for _, a := range known.Approvals {
		approved[key{a.Kind, a.Name}] = a.Hash
	}
	fresh := make(map[key]bool, len(s.Put))
	for _, k := range s.Put {
		fresh[key{k.Kind, k.Name}] = true
	}
	for _, k := range now {
		at := key{k.Kind, k.Name}
		hash, there := approved[at]
		switch {
		case k.Unusable != "":
			report.Unusable++
			continue
		case there && hash == k.Hash:
			continue
		}
		if effect, ok := decide(known, k); ok {
			s.Approve = append(s.Approve, tools.Approval{
				Source: known.Source.ID, Kind: k.Kind, Name: k.Name, Hash: k.Hash, Effect: effect, Automatic: true, At: report.At,
			})
			report.Approved++
			continue
		}
		report.Pending++
		if fresh[at] {
			s.Pending = append(s.Pending, Pending{Kind: k.Kind, Name: k.Name, Hash: k.Hash, Approved: hash})
		}
	}
}

// decide asks the policy.
func decide(known Known, k Kept) (tools.Effect, bool) {
	if known.Withdrawn[Withdrawal{k.Kind, k.Name, k.Hash}] {
		return "", false
	}
	return tools.Decide(known.Source, k.Offer)
}

// printable returns text from outside as a column and a page can hold it, cut
// short.
func printable(s string, most int) string {
	return text.Cut(text.Line(text.Cut(s, most)), most)
}
