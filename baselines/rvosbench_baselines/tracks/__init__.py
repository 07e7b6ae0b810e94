"""Tracks: everything in a video that SAM 2 can follow, with its object tokens. What SOLA chooses from.

    candidates   masks on some frames: a grid of points, GroundingDINO, or the ground truth of a train split
    tracking     each followed through the video, forward and backward; what was found twice is followed once
    table        one Parquet per split and kind of prompts: tokens and masks of every track

Needs the part [sam2]. Reading tables needs neither it nor torch.
"""
