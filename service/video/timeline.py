"""Film time: milliseconds from the first frame, out of whatever timestamps a container holds."""

from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.stream import VideoStream

BACKWARD_JUMP_MS = 1000  # a decoding time this far back begins a new recording, joined to the last one
FORWARD_JUMP_MS = 10_000  # the same for a gap, in transport streams alone; elsewhere a long still may be meant
JUMPING_CONTAINERS = {"mpegts", "mpeg"}
DEFAULT_FRAME_MS = Fraction(40)  # where neither frame nor film states a duration


@dataclass
class Timeline:
    """Follows the timestamps of one reading, in ticks of `tick_ms`."""

    tick_ms: Fraction  # milliseconds a tick of the stream's time base
    frame_ms: Fraction  # nominal duration of a frame
    jumps_forward: bool  # whether a gap may be a joint of recordings
    origin: int | None = None  # first frame's timestamp, once it is known
    _offset: int = 0  # ticks added since the last joint
    _last_dts: int | None = None
    _end: int | None = None  # ticks
    _last_ms: int = -1  # of the last frame
    _last_pts: int | None = None  # of the last frame, and its packet's decoding time
    _last_frame_dts: int | None = None
    _pts_faults: int = 0
    _dts_faults: int = 0

    def __post_init__(self) -> None:
        self._frame = self._ticks(self.frame_ms)
        self._backward = self._ticks(BACKWARD_JUMP_MS)
        self._forward = self._ticks(FORWARD_JUMP_MS)

    def follow(self, packet: "av.Packet[VideoStream]") -> int:
        """Shift a packet's timestamps over joints, keep the end of what was met, return the packet's `stamp_ms`."""
        dts = packet.dts if packet.dts is not None else packet.pts
        if dts is None:  # raw streams: one frame after the other
            dts = packet.dts = self._end or 0
        else:
            self._offset += self._jump(dts + self._offset)
            dts += self._offset
            if self._offset:
                packet.dts = dts
                packet.pts = None if packet.pts is None else packet.pts + self._offset
        self._last_dts = dts
        start = packet.pts if packet.pts is not None else dts
        if not packet.is_discard:
            self._end = max(self._end or start, start + (packet.duration or self._frame))
        return self.stamp_ms(start)

    def _jump(self, dts: int) -> int:
        """Ticks to add so that a joint shows no gap; 0 where there is none."""
        if self._last_dts is None:
            return 0
        step = dts - self._last_dts
        if step < -self._backward or (self.jumps_forward and step > self._forward):
            return self._frame - step
        return 0

    def _ticks(self, milliseconds: Fraction | int) -> int:
        return max(1, round(milliseconds / self.tick_ms))

    def stamp_ms(self, stamp: int) -> int:
        """A timestamp from the container's zero."""
        tick = self.tick_ms
        return (2 * stamp * tick.numerator + tick.denominator) // (2 * tick.denominator)

    def film_ms(self, stamp: int) -> int:
        """A timestamp from the film's first frame."""
        return self.stamp_ms(stamp - (self.origin or 0))

    def frame_time(self, frame: av.VideoFrame) -> int | None:
        """Film time of a frame; None for one that would go back in time."""
        stamp = self._better_stamp(frame)
        if self.origin is None:
            self.origin = stamp
        time_ms = self.film_ms(stamp) if stamp is not None else self._last_ms + round(self.frame_ms)
        if self._last_ms < 0:
            time_ms = 0 if stamp is None else max(time_ms, 0)
        if time_ms <= self._last_ms:
            return None
        self._last_ms = time_ms
        return time_ms

    def _better_stamp(self, frame: av.VideoFrame) -> int | None:
        """Of presentation and decoding time the one that went back less often: AVI knows no presentation times."""
        self._pts_faults += self._is_back(frame.pts, self._last_pts)
        self._dts_faults += self._is_back(frame.dts, self._last_frame_dts)
        self._last_pts, self._last_frame_dts = frame.pts, frame.dts
        return frame.pts if self._pts_faults <= self._dts_faults and frame.pts is not None else frame.dts

    @staticmethod
    def _is_back(stamp: int | None, last: int | None) -> bool:
        return stamp is None or (last is not None and stamp <= last)

    @property
    def end_ms(self) -> int:
        """Film time at which the last frame met so far ends."""
        last = self._last_ms + round(self.frame_ms)
        return last if self._end is None else max(self.film_ms(self._end), self._last_ms + 1)
