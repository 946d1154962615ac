// Package replicas_test proves that any replica serves any request: two hosts on
// one real database, where what belongs together goes to different ones. The
// source behind them is a fake, the only one, as a real one would be.
package replicas_test
