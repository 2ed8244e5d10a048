"""The call-progress detector (358): what the called side sounds like. `detector.Detector` is the way in."""
