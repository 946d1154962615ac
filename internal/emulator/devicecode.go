package emulator

import (
	"net/http"
	"net/url"
	"strconv"

	"gatehouse/internal/emulator/reply"
)

// deviceResponse is the answer of the v2 device code endpoint, its members in
// Entra's order. There is no verification_uri_complete (Microsoft's page "OAuth
// 2.0 device authorization grant").
type deviceResponse struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	Message         string `json:"message"`
}

// deviceResponseV1 is the v1 endpoint's, whose numbers are texts.
type deviceResponseV1 struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURL string `json:"verification_url"`
	ExpiresIn       string `json:"expires_in"`
	Interval        string `json:"interval"`
	Message         string `json:"message"`
}

// deviceV2 is the v2 device code endpoint.
func (e *Emulator) deviceV2(w http.ResponseWriter, r *http.Request) {
	if out, no := e.beginDevice(w, r, endpointV2); no != nil {
		e.writeRefusal(w, r, no)
	} else {
		reply.JSON(w, http.StatusOK, out)
	}
}

// deviceV1 is the v1 device code endpoint: resource instead of scope.
func (e *Emulator) deviceV1(w http.ResponseWriter, r *http.Request) {
	out, no := e.beginDevice(w, r, endpointV1)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	reply.JSON(w, http.StatusOK, deviceResponseV1{
		UserCode: out.UserCode, DeviceCode: out.DeviceCode, VerificationURL: out.VerificationURI,
		ExpiresIn: strconv.Itoa(out.ExpiresIn), Interval: strconv.Itoa(out.Interval), Message: out.Message,
	})
}

// beginDevice makes the two codes of a device's request.
func (e *Emulator) beginDevice(w http.ResponseWriter, r *http.Request, version endpointVersion) (*deviceResponse, *refusal) {
	if no := readForm(w, r); no != nil {
		return nil, no
	}
	x := &tokenRequest{e: e, form: r.PostForm, segment: r.PathValue("tenant"), version: version, now: e.clock.Now()}
	if no := x.deviceClient(w); no != nil {
		return nil, no
	}
	if version == endpointV1 {
		if no := x.fromV1(grantPassword); no != nil { // the resource cannot be left for later
			return nil, no
		}
	}
	if _, no := readAsk(x.tenant, x.client, x.form.Get("scope")); no != nil {
		return nil, no
	}
	d := e.devices.add(device{
		segment: x.segment, client: x.client.ID, scope: x.form.Get("scope"), until: x.now.Add(deviceLife),
	}, x.now, func() string { return userCode(e.random.Text(32)) })
	code, err := e.sealer.Seal(sealedDevice, deviceTicket{UserCode: d.userCode, Segment: d.segment, Client: d.client, Until: d.until})
	if err != nil {
		return nil, refuse(90033)
	}
	page := e.entra + deviceLoginPath
	return &deviceResponse{
		UserCode: d.userCode, DeviceCode: code, VerificationURI: page, ExpiresIn: int(deviceLife.Seconds()), Interval: deviceInterval,
		Message: "To sign in, use a web browser to open the page " + page + " and enter the code " + d.userCode + " to authenticate.",
	}, nil
}

// deviceClient finds tenant and client of a device's request as its person's
// sign-in will; at common and organizations any tenant that has the client does
// for reading the scope.
func (x *tokenRequest) deviceClient(w http.ResponseWriter) *refusal {
	s := &signIn{e: x.e, journey: deviceAuth, form: x.form, segment: x.segment}
	if no := s.party(w); no != nil {
		return no
	}
	if no := s.checkAudience(); no != nil {
		return no
	}
	x.tenant, x.client = s.tenants[0], s.client
	return nil
}

// deviceCode redeems a device code, once the person has approved it.
func (x *tokenRequest) deviceCode() (*tokenResponse, *refusal) {
	code := deviceCodeOf(x.form)
	if code == "" {
		return nil, refuse(900144, "device_code")
	}
	if no := x.publicOrProved(); no != nil {
		return nil, no
	}
	var ticket deviceTicket
	if !x.e.sealer.Open(sealedDevice, code, &ticket) || ticket.Client != x.client.ID || !x.sameSegment(ticket.Segment) {
		return nil, refuse(70018)
	}
	d, ok := x.e.devices.find(ticket.UserCode)
	if !ok || x.now.After(ticket.Until) {
		return nil, refuse(70020)
	}
	switch d.state {
	case deviceWaiting:
		return nil, refuse(70016)
	case deviceDeclined:
		return nil, refuse(70017)
	case deviceApproved, deviceRedeemed: // which of them, settle decides
	}
	who, no := x.holder(d.who)
	if no != nil {
		return nil, no
	}
	if !x.e.devices.settle(ticket.UserCode, deviceApproved, deviceRedeemed, grant{}) {
		return nil, refuse(54005)
	}
	return x.redeemGrant(d.who, who, d.scope)
}

// deviceCodeOf is the device code of a form; clients of the v1 endpoint call it code.
func deviceCodeOf(form url.Values) string {
	if code := form.Get("device_code"); code != "" {
		return code
	}
	return form.Get("code")
}

// sameSegment reports whether a device began under the name it now polls under,
// or under another name of the same tenant.
func (x *tokenRequest) sameSegment(begun string) bool {
	if manyTenants(begun) || manyTenants(x.segment) {
		return begun == x.segment
	}
	t, ok := x.e.world().Find(begun)
	return ok && t.ID == x.tenant.ID
}

// deviceTenant is the tenant of the person who approved a device code, or while
// nobody has, any that has the client.
func (e *Emulator) deviceTenant(form url.Values) string {
	var ticket deviceTicket
	if !e.sealer.Open(sealedDevice, deviceCodeOf(form), &ticket) {
		return ""
	}
	if d, ok := e.devices.find(ticket.UserCode); ok && d.state != deviceWaiting && d.who.Tenant != "" {
		return d.who.Tenant
	}
	for _, t := range e.world().All() {
		if _, ok := t.Apps[ticket.Client]; ok {
			return t.ID
		}
	}
	return ""
}
