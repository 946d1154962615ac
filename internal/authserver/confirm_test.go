package authserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// keeping is a server that keeps a refresh token of Entra, which is good.
func keeping(t *testing.T) (i *issuing, token string) {
	t.Helper()
	i = newIssuing(t)
	i.connection.Entra = must(i.snap.Key.Encrypt(connections.EntraLabel(i.connection.ID), []byte("entra-1")))
	i.connection.EntraAt = i.now
	i.entra = func(string) (entra.Person, entra.Tokens, error) {
		return entra.Person{Name: "Alice", Username: "alice@contoso.example"}, entra.Tokens{Refresh: entra.NewRefreshToken("entra-2")}, nil
	}
	_, token = i.grant("", "access_as_user")
	return i, token
}

// goOn refreshes and lets whatever that begins come to its end.
func (i *issuing) goOn(token *string) answered {
	i.t.Helper()
	got := i.refresh(*token)
	synctest.Wait()
	if got.status == http.StatusOK {
		*token = got.text("refresh_token")
	}
	return got
}

func refusedBy(class entra.ErrorClass, after time.Duration) func(string) (entra.Person, entra.Tokens, error) {
	return func(string) (entra.Person, entra.Tokens, error) {
		return entra.Person{}, entra.Tokens{}, fmt.Errorf("confirm: %w", &entra.TokenError{Class: class, RetryAfter: after})
	}
}

// TestEntraIsAskedAgainBehindARefresh when its last word is an hour old, and with what
// it gave then; what it gives is kept.
func TestEntraIsAskedAgainBehindARefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, token := keeping(t)
		var shown []string
		i.entra = func(token string) (entra.Person, entra.Tokens, error) {
			shown = append(shown, token)
			return entra.Person{Name: "Alice Adams", Username: "adams@contoso.example", Guest: true}, entra.Tokens{Refresh: entra.NewRefreshToken(fmt.Sprintf("entra-%d", len(shown)+1))}, nil
		}
		i.pass(connections.ConfirmAfter - time.Second)
		if got := i.goOn(&token); got.status != http.StatusOK || i.asked != 0 {
			t.Fatalf("%d, asked %d times", got.status, i.asked)
		}
		i.pass(time.Second)
		if got := i.goOn(&token); got.signed(t)["acct"] != 0.0 || i.asked != 1 {
			t.Fatalf("%v, asked %d times", got.body, i.asked)
		}
		if got := i.goOn(&token).signed(t); got["acct"] != 1.0 || got["name"] != "Alice Adams" || i.asked != 1 {
			t.Errorf("%v, asked %d times", got, i.asked)
		}
		i.pass(connections.ConfirmAfter)
		i.goOn(&token)
		if plain := must(i.snap.Key.Decrypt(connections.EntraLabel(i.connection.ID), i.connection.Entra)); string(plain) != "entra-3" || !i.connection.EntraAt.Equal(i.now) {
			t.Errorf("kept is %s of %s", plain, i.connection.EntraAt)
		}
		if len(shown) != 2 || shown[0] != "entra-1" || shown[1] != "entra-2" {
			t.Errorf("Entra was shown %q", shown)
		}
	})
}

// TestARefreshDoesNotWaitForEntra: its answer is there while Entra is silent, and one
// question at a time is enough.
func TestARefreshDoesNotWaitForEntra(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, token := keeping(t)
		speak := make(chan struct{})
		i.entra = func(string) (entra.Person, entra.Tokens, error) {
			<-speak
			return entra.Person{}, entra.Tokens{Refresh: entra.NewRefreshToken("entra-2")}, nil
		}
		i.pass(connections.ConfirmAfter)
		for range 3 {
			if got := i.goOn(&token); got.status != http.StatusOK {
				t.Fatalf("%d %v", got.status, got.body)
			}
		}
		if i.asked != 1 {
			t.Errorf("Entra was asked %d times", i.asked)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := i.server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ends while Entra is asked: %v", err)
		}
		close(speak)
		if err := i.server.Close(t.Context()); err != nil || !i.connection.EntraAt.Equal(i.now) {
			t.Errorf("%v; its last word is of %s", err, i.connection.EntraAt)
		}
		i.pass(connections.ConfirmAfter)
		if got := i.goOn(&token); got.status != http.StatusOK || i.asked != 1 {
			t.Errorf("ended, %d, asked %d times", got.status, i.asked)
		}
	})
}

// TestWhomEntraRefusesRefreshesNoMore whatever their role rests on.
func TestWhomEntraRefusesRefreshesNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, token := keeping(t)
		i.entra = refusedBy(entra.Reauth, 0)
		i.pass(connections.ConfirmAfter)
		if got := i.goOn(&token); got.status != http.StatusOK {
			t.Fatalf("%d %v", got.status, got.body)
		}
		if !i.connection.Withdrawn() {
			t.Fatalf("%+v", i.connection)
		}
		if got := i.goOn(&token); !got.refused(http.StatusBadRequest, "invalid_grant") || i.asked != 1 {
			t.Errorf("%d %v, asked %d times", got.status, got.body, i.asked)
		}
	})
}

// TestEntraIsLeftAloneWhileItFails, for longer and longer; people go on meanwhile.
func TestEntraIsLeftAloneWhileItFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says  func(string) (entra.Person, entra.Tokens, error)
		pause []time.Duration
	}{
		"silent":        {refusedBy(entra.Transient, 0), []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second}},
		"misconfigured": {refusedBy(entra.Misconfigured, 0), []time.Duration{10 * time.Second, 20 * time.Second}},
		"throttling":    {refusedBy(entra.Throttled, time.Minute), []time.Duration{time.Minute, 2 * time.Minute}},
		"wants a step":  {refusedBy(entra.Interaction, 0), []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}},
		"a policy":      {refusedBy(entra.Blocked, 0), []time.Duration{time.Minute, 2 * time.Minute}},
		"not believed": {func(string) (entra.Person, entra.Tokens, error) {
			return entra.Person{}, entra.Tokens{}, &entra.Refusal{Reason: entra.WrongPerson}
		}, []time.Duration{time.Minute, 2 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				i, token := keeping(t)
				good := i.entra
				i.entra = c.says
				i.pass(connections.ConfirmAfter)
				kept := i.connection.EntraAt
				i.goOn(&token)
				for n, wait := range c.pause {
					i.pass(wait - time.Second)
					if i.goOn(&token); i.asked != n+1 {
						t.Fatalf("asked %d times within pause %d", i.asked, n)
					}
					i.pass(time.Second)
					if got := i.goOn(&token); got.status != http.StatusOK || i.asked != n+2 {
						t.Fatalf("%d, asked %d times after pause %d", got.status, i.asked, n)
					}
				}
				if i.connection.Withdrawn() || !i.connection.EntraAt.Equal(kept) {
					t.Errorf("what is kept has changed: %+v", i.connection)
				}
				i.entra = good
				i.pass(time.Hour)
				if i.goOn(&token); i.connection.EntraAt.Equal(kept) {
					t.Error("a good answer is not kept")
				}
				i.entra = c.says
				i.pass(connections.ConfirmAfter)
				i.goOn(&token)
				before := i.asked
				i.pass(c.pause[0])
				if i.goOn(&token); i.asked != before+1 {
					t.Error("what failed before a good answer lengthens pauses after it")
				}
			})
		})
	}
}

// TestAPersonsTroubleIsNobodyElses: a failure of Entra's is everybody's.
func TestAPersonsTroubleIsNobodyElses(t *testing.T) {
	t.Parallel()
	for class, want := range map[entra.ErrorClass]int{entra.Interaction: 2, entra.Transient: 1} {
		synctest.Test(t, func(t *testing.T) {
			i, token := keeping(t)
			i.entra = refusedBy(class, 0)
			i.pass(connections.ConfirmAfter)
			i.goOn(&token)
			i.another()
			if i.goOn(&token); i.asked != want {
				t.Errorf("%s: asked %d times, want %d", class, i.asked, want)
			}
		})
	}
}

// another is a connection of somebody else, which the same grants are of from now on.
func (i *issuing) another() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.connection.ID = tenants.NewGUID()
	i.connection.Entra = must(i.snap.Key.Encrypt(connections.EntraLabel(i.connection.ID), []byte("entra-1")))
}

// TestQuestionsToEntraAreBounded: what finds no place is asked at the next refresh.
func TestQuestionsToEntraAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, token := keeping(t)
		speak := make(chan struct{})
		i.entra = func(string) (entra.Person, entra.Tokens, error) {
			<-speak
			return entra.Person{}, entra.Tokens{}, &entra.TokenError{Class: entra.Transient}
		}
		i.pass(connections.ConfirmAfter)
		for range authserver.MostConfirmationsOfOne + 2 {
			i.another()
			i.goOn(&token)
		}
		if i.asked != authserver.MostConfirmationsOfOne {
			t.Errorf("%d are asked at a time", i.asked)
		}
		close(speak)
		synctest.Wait()
		i.pass(time.Minute)
		before := i.asked
		if i.goOn(&token); i.asked != before+1 {
			t.Errorf("then %d", i.asked-before)
		}
	})
}

// TestNothingIsAskedWithoutSomethingKept, nor for a refresh that is refused.
func TestNothingIsAskedWithoutSomethingKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, token := keeping(t)
		first := token
		i.goOn(&token)
		i.pass(connections.ConfirmAfter)
		if got := i.goOn(&first); got.status == http.StatusOK || i.asked != 0 {
			t.Errorf("%d, asked %d times for a refusal", got.status, i.asked)
		}
		_, token = i.grant("", "access_as_user")
		i.connection.Entra, i.connection.EntraAt = nil, time.Time{}
		if got := i.goOn(&token); got.status != http.StatusOK || i.asked != 0 {
			t.Errorf("%d, asked %d times", got.status, i.asked)
		}
		i.another()
		if i.goOn(&token); i.asked != 1 {
			t.Error("the next is not asked about")
		}
	})
}

// TestAStrongerSignInIsSoForAnHour: then the endpoint asks for it anew.
func TestAStrongerSignInIsSoForAnHour(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	g, token := i.grant("", "access_as_user")
	g.Contexts = []string{"c1"}
	i.grants[g.ID] = g
	for _, c := range []struct {
		wait   time.Duration
		strong bool
	}{{0, true}, {connections.ContextsLife - time.Second, true}, {time.Second, false}, {24 * time.Hour, false}} {
		i.pass(c.wait)
		got := i.refresh(token)
		if acrs := got.signed(t)["acrs"]; (acrs != nil) != c.strong {
			t.Errorf("%s after the sign-in: %v", i.clock().Sub(g.MadeAt), acrs)
		}
		token = got.text("refresh_token")
	}
	if contexts := i.actors[len(i.actors)-1].Identity().AuthContexts; contexts != nil || len(i.actors[0].Identity().AuthContexts) != 1 {
		t.Errorf("the record is of %q", contexts)
	}
}
