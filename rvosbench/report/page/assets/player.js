// Which frame is shown, and how it moves on.

const USUAL_FPS = 8; // where the release does not say how fast a video is
const FASTEST = 15;

class Player {
  constructor(count, fps, show) {
    this.count = count;
    this.step = 1000 / Math.min(fps || USUAL_FPS, FASTEST);
    this.show = show;
    this.place = 0;
    this.timer = null;
  }

  get playing() {
    return this.timer !== null;
  }

  go(place) {
    this.place = Math.min(this.count - 1, Math.max(0, place));
    this.show(this.place);
  }

  seek(place) {
    this.pause();
    this.go(place);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.place === this.count - 1) this.place = -1;
    this.timer = setInterval(() => {
      if (this.place + 1 >= this.count) return this.pause();
      return this.go(this.place + 1);
    }, this.step);
    return this.go(this.place + 1);
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.timer);
    this.timer = null;
    this.show(this.place);
  }
}
