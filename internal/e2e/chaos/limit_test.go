package chaos_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/devstack"
)

func TestReplicasShareTheirLimitsAndSurviveRedis(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{})
	must(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	shared := w.environment("GATEHOUSE_REDIS_URL="+server.URL(), "GATEHOUSE_ORGANIZATION_QUOTA=1500/month", "GATEHOUSE_CLOSED_LIMITS=tool")
	one, two := startReplica(t, shared), startReplica(t, shared)
	token := w.token(t, contoso(), "alice", demo.VisualStudioCode)
	first, second := one.client(contoso(), token), two.client(contoso(), token)
	for first.call(whoami).status == http.StatusOK { // until the quota is used up
	}
	eventually(t, replicaLimit, "the second replica hears of it", func() bool { return second.call(whoami).status == http.StatusTooManyRequests })

	neighbour := two.client(fabrikam(), w.token(t, fabrikam(), "alice", demo.VisualStudioCode))
	if got := neighbour.call(whoami); !worked(got) {
		t.Fatalf("another organization: %s", got)
	}
	must(t, server.Stop())
	eventually(t, replicaLimit, "a closed limit refuses without Redis", func() bool {
		got := neighbour.call(whoami)
		return got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != ""
	})
	if got := neighbour.post("tools/list", "", "{"+meta+"}"); got.status != http.StatusOK {
		t.Errorf("what is open goes on: %s", got)
	}
}
