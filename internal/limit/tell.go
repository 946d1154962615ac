package limit

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"
)

// digest is how other replicas know what is counted, without anybody's name.
func (k meterKey) digest() string {
	org, id := k.org.Bytes(), k.id.Bytes()
	h := sha256.New()
	h.Write(org[:])
	h.Write(id[:])
	_, _ = io.WriteString(h, k.limit+"\x00"+k.name)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// collect implements part.
func (m *meters) collect() (all []told) {
	for i := range m.shards {
		all = append(all, m.collectShard(&m.shards[i])...)
	}
	return all
}

func (m *meters) collectShard(s *meterShard) (all []told) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, kept := m.instant(), s.warm[:0]
	for _, k := range s.warm {
		one, ok := s.meters[k]
		if !ok {
			continue
		}
		one.turn(i)
		if one.listed = !one.cold(i.now); !one.listed {
			continue
		}
		kept = append(kept, k)
		if one.pace != (pace{}) {
			all = append(all, m.tellRate(s, k, one))
		}
		if one.daily {
			all = append(all, m.tellDay(s, k, one))
		}
	}
	s.warm = kept
	return all
}

// tellRate moves what was spent of a meter's rate into what is told. A rate that
// has changed is another thing, here and there.
func (m *meters) tellRate(s *meterShard, k meterKey, one *meter) told {
	spent, by := one.spent, one.pace
	one.spent = 0
	of := s.still(k, func(one *meter) bool { return one.pace == by })
	return told{
		Spent: Spent{Name: fmt.Sprintf("own:%d:%d:%s", by.each, by.ahead, k.digest()), Time: time.Duration(spent)},
		learn: func(known Known) {
			of(func(one *meter) { one.due = max(one.due, int64(time.Since(m.began))+int64(known.Ahead)+one.spent) })
		},
		unsaid: func() { of(func(one *meter) { one.spent += spent }) },
	}
}

// tellDay moves what a meter has counted into what is told.
func (m *meters) tellDay(s *meterShard, k meterKey, one *meter) told {
	untold, day := one.untold, one.day
	one.untold = 0
	of := s.still(k, func(one *meter) bool { return one.day == day })
	return told{
		Spent:  Spent{Name: fmt.Sprintf("own:%d:%s", day, k.digest()), Count: untold, Until: endOf(day)},
		learn:  func(known Known) { of(func(one *meter) { one.calls = max(one.calls, known.Count+one.untold) }) },
		unsaid: func() { of(func(one *meter) { one.untold += untold }) },
	}
}

// still returns how a meter is changed that is there and still what was told.
func (s *meterShard) still(k meterKey, same func(*meter) bool) func(change func(*meter)) {
	return func(change func(*meter)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if one, ok := s.meters[k]; ok && same(one) {
			change(one)
			s.list(k, one)
		}
	}
}
