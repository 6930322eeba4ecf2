print("racesim")
